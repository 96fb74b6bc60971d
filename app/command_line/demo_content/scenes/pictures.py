"""Which scene makes which picture of which shop."""

from collections.abc import Callable
from dataclasses import dataclass

import boxes as b
import jewellery as j
import watches as w


@dataclass(frozen=True)
class Picture:
    """A picture: what builds its scene, its size in pixels, and how it is exposed.

    `detail` is the share of the final size at which the scene is traced before it is enlarged.
    """

    build: Callable[[], None]
    width: int = 1600
    height: int = 1600
    detail: float = 0.45
    exposure: float = 0.2
    samples: int = 8
    look: str = "Medium High Contrast"


def _wide(build: Callable[[], None], exposure: float = 0.2) -> Picture:
    return Picture(build, 2400, 1350, 0.6, exposure, 16)


def _tall(build: Callable[[], None], exposure: float = 0.2) -> Picture:
    return Picture(build, 1350, 1800, 0.6, exposure, 16)


def _shelf(build: Callable[[], None], exposure: float = 0.2) -> Picture:
    return Picture(build, 1600, 1200, 0.45, exposure)


JEWELLER: dict[str, Picture] = {
    "hammered-band-1": Picture(j.band_pair),
    "hammered-band-2": Picture(lambda: j.band_metal("silver")),
    "hammered-band-3": Picture(lambda: j.band_metal("gold")),
    "hammered-band-4": Picture(lambda: j.band_metal("rose")),
    "elder-ring-1": Picture(lambda: j.cabochon_ring("garnet", 0)),
    "elder-ring-2": Picture(lambda: j.cabochon_ring("garnet", 1)),
    "elder-ring-3": Picture(lambda: j.cabochon_ring("peridot", 0)),
    "elder-ring-4": Picture(lambda: j.cabochon_ring("smoky", 0)),
    "seam-signet-1": Picture(lambda: j.signet("silver", 0)),
    "seam-signet-2": Picture(lambda: j.signet("silver", 1)),
    "seam-signet-3": Picture(lambda: j.signet("gold", 0)),
    "winter-light-ring-1": Picture(lambda: j.solitaire("sapphire", "gold", 0)),
    "winter-light-ring-2": Picture(lambda: j.solitaire("sapphire", "gold", 1)),
    "winter-light-ring-3": Picture(lambda: j.solitaire("diamond", "rose", 0)),
    "stacking-trio-1": Picture(lambda: j.stacking(0)),
    "stacking-trio-2": Picture(lambda: j.stacking(1)),
    "wedding-bands-1": Picture(lambda: j.wedding(0)),
    "wedding-bands-2": Picture(lambda: j.wedding(1)),
    "ore-drop-1": Picture(lambda: j.ore_pendant("silver", 0)),
    "ore-drop-2": Picture(lambda: j.ore_pendant("silver", 1)),
    "ore-drop-3": Picture(lambda: j.ore_pendant("gold", 1)),
    "lens-necklace-1": Picture(lambda: j.lens_pendant("moonstone", 0)),
    "lens-necklace-2": Picture(lambda: j.lens_pendant("moonstone", 1)),
    "lens-necklace-3": Picture(lambda: j.lens_pendant("labradorite", 1)),
    "anchor-chain-1": Picture(lambda: j.anchor_chain("silver", 0)),
    "anchor-chain-2": Picture(lambda: j.anchor_chain("silver", 1)),
    "anchor-chain-3": Picture(lambda: j.anchor_chain("gold", 0)),
    "hammered-disc-1": Picture(lambda: j.disc_necklace("gold", 0)),
    "hammered-disc-2": Picture(lambda: j.disc_necklace("gold", 1)),
    "hammered-disc-3": Picture(lambda: j.disc_necklace("silver", 1)),
    "umbel-necklace-1": Picture(lambda: j.umbel_necklace(0)),
    "umbel-necklace-2": Picture(lambda: j.umbel_necklace(1)),
    "umbel-studs-1": Picture(lambda: j.umbel_studs("silver", 0)),
    "umbel-studs-2": Picture(lambda: j.umbel_studs("silver", 1)),
    "umbel-studs-3": Picture(lambda: j.umbel_studs("gold", 0)),
    "hammered-hoops-1": Picture(lambda: j.hoops("gold", 0)),
    "hammered-hoops-2": Picture(lambda: j.hoops("gold", 1)),
    "hammered-hoops-3": Picture(lambda: j.hoops("silver", 0)),
    "garnet-drops-1": Picture(lambda: j.drops("garnet", 0)),
    "garnet-drops-2": Picture(lambda: j.drops("garnet", 1)),
    "garnet-drops-3": Picture(lambda: j.drops("peridot", 0)),
    "river-pearls-1": Picture(lambda: j.pearls(0)),
    "river-pearls-2": Picture(lambda: j.pearls(1)),
    "open-cuff-1": Picture(lambda: j.cuff("silver", 0)),
    "open-cuff-2": Picture(lambda: j.cuff("silver", 1)),
    "open-cuff-3": Picture(lambda: j.cuff("gold", 0)),
    "ring-dish-1": Picture(lambda: j.ring_dish(0)),
    "ring-dish-2": Picture(lambda: j.ring_dish(1)),
    "collection-rings": _shelf(lambda: j.together("rings")),
    "collection-necklaces": _shelf(lambda: j.together("necklaces")),
    "collection-earrings": _shelf(lambda: j.together("earrings")),
    "collection-for-two": _shelf(lambda: j.together("for-two")),
    "hero-wide": _wide(lambda: j.bench(tall=False), 0.4),
    "hero-tall": _tall(lambda: j.bench(tall=True), 0.4),
}


def _fresh(build: Callable[[], None], width: int = 1600, height: int = 1600) -> Picture:
    large = (width, height) in {(2400, 1350), (1350, 1800)}
    return Picture(build, width, height, 0.6 if large else 0.45, 0.4, 16 if large else 8, "Punchy")


def _opened(
    name: str, goods: list[tuple[str, float, float]], inside: str, ground: str
) -> dict[str, Picture]:
    return {
        f"{name}-1": _fresh(lambda: b.spread(goods, inside, ground, 0)),
        f"{name}-2": _fresh(lambda: b.spread(goods, inside, ground, 1)),
    }


def _good(
    name: str, kind: str, ground: str, tall: float, *beside: tuple[str, float, float]
) -> dict[str, Picture]:
    return {
        f"{name}-1": _fresh(lambda: b.single(kind, ground, 0, beside, tall=tall)),
        f"{name}-2": _fresh(lambda: b.single(kind, ground, 1, beside, tall=tall)),
    }


BOX: dict[str, Picture] = {
    "hero-wide": _fresh(lambda: b.hero(tall=False), 2400, 1350),
    "hero-tall": _fresh(lambda: b.hero(tall=True), 1350, 1800),
    **_opened("discovery-box", b.DISCOVERY, b.CORAL, "#f4dcc4"),
    **_opened("aperitif-box", b.APERITIF, b.SAGE, "#dfe8d6"),
    **_opened("slow-morning-box", b.MORNING, b.BUTTER, "#f7e6b8"),
    **_opened("sunday-bath-box", b.BATH, b.SKY, "#d6e6ea"),
    **_opened("bakers-box", b.BAKING, b.BUTTER, "#f3dcd2"),
    **_opened("gentle-stretch-box", b.MOVING, b.SAGE, "#e7e3d4"),
    **_opened("new-parents-box", b.NEWBORN, b.SKY, "#efe4dc"),
    **_opened("birthday-box", b.BIRTHDAY, b.PLUM, "#ecd9e2"),
    "three-month-gift-1": _fresh(lambda: b.gift("#f3cfc2", b.CORAL, 0, 3)),
    "three-month-gift-2": _fresh(lambda: b.gift("#f3cfc2", b.CORAL, 1, 1)),
    **_good("apricot-jam", "jam", "#f8dca4", 9, ("apricot", 6.4, 3), ("apricot", -6.2, 4)),
    **_good("olive-oil", "oil", "#e3e6c8", 17, ("lemon", 9, 5)),
    **_good("chestnut-honey", "honey", "#f3dfb4", 9, ("pear", 7, 4)),
    **_good("sardines-in-olive-oil", "sardines", "#cfe2ea", 7.5, ("lemon", 5, 8)),
    **_good("oat-lavender-soap", "soap", "#dfe6d8", 6.5, ("fig", 6, 6)),
    **_good("orchard-granola", "granola", "#f6d9c4", 15, ("apple", 9, 3)),
    **_good("plum-face-oil", "face oil", "#e6d5e0", 9, ("fig", 6, 4)),
    "collection-boxes": _fresh(lambda: b.spread(b.DISCOVERY, b.CORAL, "#f6cdb8", 1), 1600, 1200),
    "collection-gifts": _fresh(lambda: b.gift("#d9e3e6", b.PLUM, 0, 2), 1600, 1200),
    "collection-pantry": _fresh(b.pantry, 1600, 1200),
    "collection-care": _fresh(b.care, 1600, 1200),
}

LIGHT, NIGHT, LAKE, NAVY, GREY = "#e9e3d6", "#131417", "#2b4a4b", "#1b2a44", "#8b8883"
PLAIN = w.Watch()
SECONDS = w.Watch(complication="seconds", numerals=True, hands="blue")
MOON = w.Watch(complication="moon", case="rose", strap="#3b2619")
CHRONOGRAPH = w.Watch(complication="chronograph", dial=NAVY)
RESERVE = w.Watch(complication="power", dial=GREY, case="white", strap="#3c3a38", grain="grained")
TRAVELLER = w.Watch(complication="traveller", dial=LAKE, strap="#6b4328")
FOUNDER = w.Watch(case="gold", dial=NIGHT, numerals=True, note="1 OF 50")
DIVER = w.Watch(complication="diver", dial="#1d3a44", bracelet=True)

HOUSE: dict[str, Picture] = {
    "hero-wide": _wide(lambda: w.hero(SECONDS, tall=False), 0.5),
    "hero-tall": _tall(lambda: w.hero(SECONDS, tall=True), 0.5),
    "erstlicht-38-1": Picture(lambda: w.front(PLAIN), exposure=0.5),
    "erstlicht-38-2": Picture(lambda: w.leaning(w.Watch(dial=NIGHT, strap="#57534f"), dark=False)),
    "erstlicht-38-3": Picture(lambda: w.leaning(w.Watch(dial=LAKE, strap="#6b4328"), dark=False)),
    "erstlicht-38-4": Picture(lambda: w.behind(PLAIN), exposure=0.3),
    "erstlicht-small-seconds-1": Picture(lambda: w.leaning(SECONDS), exposure=0.5),
    "erstlicht-small-seconds-2": Picture(lambda: w.close(SECONDS, (0, -0.5, 0)), exposure=0.4),
    "erstlicht-moon-1": Picture(lambda: w.front(MOON, dark=False)),
    "erstlicht-moon-2": Picture(lambda: w.close(MOON, (0.1, -0.6, 0)), exposure=0.4),
    "erstlicht-chronograph-1": Picture(lambda: w.leaning(CHRONOGRAPH), exposure=0.6),
    "erstlicht-chronograph-2": Picture(lambda: w.front(CHRONOGRAPH, dark=False)),
    "erstlicht-reserve-1": Picture(lambda: w.front(RESERVE), exposure=0.5),
    "erstlicht-reserve-2": Picture(lambda: w.leaning(RESERVE, dark=False, turn=-20)),
    "erstlicht-traveller-1": Picture(lambda: w.leaning(TRAVELLER, dark=False)),
    "erstlicht-traveller-2": Picture(lambda: w.close(TRAVELLER), exposure=0.5),
    "erstlicht-no-1-1": Picture(lambda: w.leaning(FOUNDER), exposure=0.6),
    "erstlicht-no-1-2": Picture(lambda: w.front(FOUNDER), exposure=0.6),
    "erstlicht-no-1-3": Picture(lambda: w.behind(FOUNDER), exposure=0.3),
    "seegang-41-1": Picture(lambda: w.leaning(DIVER, dark=False)),
    "seegang-41-2": Picture(lambda: w.front(DIVER), exposure=0.5),
    "calfskin-strap-1": Picture(lambda: w.straps(("#1d1a18", "#6b4328", "#39443b"), 0)),
    "calfskin-strap-2": Picture(lambda: w.straps(("#1d1a18", "#6b4328", "#39443b"), 1)),
    "walnut-case-1": Picture(lambda: w.travel_case(0)),
    "walnut-case-2": Picture(lambda: w.travel_case(1)),
    "collection-erstlicht": _shelf(lambda: w.hero(PLAIN, tall=False), 0.5),
    "collection-complications": _shelf(lambda: w.close(MOON, (0.3, -0.3, 0)), 0.4),
    "collection-steel": _shelf(lambda: w.leaning(DIVER), 0.5),
    "collection-care": _shelf(lambda: w.straps(("#6b4328", "#1d1a18"), 1)),
}

SHOPS = {"holunder-erz": JEWELLER, "tournemois": BOX, "halvenau": HOUSE}
PICTURES: dict[str, Picture] = {
    f"{shop}/{name}": picture
    for shop, pictures in SHOPS.items()
    for name, picture in pictures.items()
}
