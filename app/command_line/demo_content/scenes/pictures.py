"""Which scene makes which picture of which shop."""

from collections.abc import Callable
from dataclasses import dataclass

import jewellery as j


@dataclass(frozen=True)
class Picture:
    """A picture: what builds its scene, its size in pixels, and how it is exposed.

    `detail` is the share of the final size at which the scene is traced before it is enlarged.
    """

    build: Callable[[], None]
    width: int = 1600
    height: int = 1600
    detail: float = 0.6
    exposure: float = 0.2


def _wide(build: Callable[[], None], exposure: float = 0.2) -> Picture:
    return Picture(build, 2400, 1350, 0.65, exposure)


def _tall(build: Callable[[], None], exposure: float = 0.2) -> Picture:
    return Picture(build, 1350, 1800, 0.65, exposure)


def _shelf(build: Callable[[], None], exposure: float = 0.2) -> Picture:
    return Picture(build, 1600, 1200, 0.6, exposure)


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
    "hero-wide": _wide(lambda: j.bench(tall=False)),
    "hero-tall": _tall(lambda: j.bench(tall=True)),
}

PICTURES: dict[str, Picture] = {
    f"holunder-erz/{name}": picture for name, picture in JEWELLER.items()
}
