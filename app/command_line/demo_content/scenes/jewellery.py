"""Pictures of the jeweller: rings, necklaces, earrings, and the bench they were made on."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import studio as s

STONES = {
    "garnet": ("#ea6480", 1.76),
    "peridot": ("#d9ec8f", 1.66),
    "smoky": ("#cbab8c", 1.55),
    "moonstone": ("#e8eef6", 1.52),
    "labradorite": ("#7f9bb0", 1.56),
    "sapphire": ("#79bdcd", 1.77),
    "diamond": ("#dedad6", 2.1),
    "tourmaline": ("#a9dcc0", 1.63),
}


def stone(name: str, cut: str, radius: float) -> Any:
    """Cut a stone of the given radius."""
    tint, ior = STONES[name]
    material = s.glass(tint, ior)
    if name in {"moonstone", "labradorite"}:
        material = s.Material(
            tint, roughness=0.12, subsurface_weight=0.5, coat_weight=1.0, transmission_weight=0.35
        )
        material.shader.inputs["Subsurface Radius"].default_value = (0.1, 0.1, 0.12)
        if name == "moonstone":
            material.tint("#9fbdf0", 1.1, low=0.2)
        if name == "labradorite":
            material.tint("#2d5f78", 5.0, low=0.3)
    return s.move(s.gem(cut, material), size=radius)


def band(
    radius: float, width: float, thickness: float, material: s.Material, *, dome: float = 0.5
) -> Any:
    """Turn a finger ring's band, lying flat."""
    outer = radius + thickness
    top = [
        (outer - dome * thickness * (2 * t - 1) ** 2, width * (t - 0.5))
        for t in (i / 14 for i in range(15))
    ]
    inner = [
        (radius + 0.02, width / 2 - 0.015),
        (radius, width / 2 - 0.06),
        (radius, -width / 2 + 0.06),
        (radius + 0.02, -width / 2 + 0.015),
    ]
    return s.lathe(top + inner, material, closed=True, segments=160)


def bezel(radius: float, height: float, material: s.Material) -> Any:
    """Turn the collar that holds a stone, with a closed back."""
    rim = 0.045
    profile = [
        (0, 0),
        (radius * 0.8, 0),
        (radius + rim, height * 0.35),
        (radius + rim, height - 0.02),
        (radius + rim * 0.4, height + 0.02),
        (radius - 0.03, height),
        (radius - 0.03, height * 0.5),
    ]
    return s.lathe(s.rounded(profile, 0.03), material)


def set_stone(name: str, cut: str, radius: float, material: s.Material) -> Any:
    """Set a stone in a collar, table upwards."""
    height = radius * 0.62
    gem = stone(name, cut, radius)
    gem.location.z = height - 0.02
    if cut == "brilliant":
        gem.location.z = height - 0.02
        return s.group([gem, _open_collar(radius, height, material)])
    return s.group([gem, bezel(radius, height, material)])


def _open_collar(radius: float, height: float, material: s.Material) -> Any:
    rim = 0.05
    profile = [
        (radius * 0.6, 0),
        (radius * 0.68, 0),
        (radius + rim, height - 0.06),
        (radius + rim, height),
        (radius - 0.02, height + 0.03),
        (radius - 0.04, height - 0.03),
    ]
    return s.lathe(profile, material, closed=True)


def stone_ring(
    name: str, cut: str, radius: float, metal: s.Material, *, width: float = 0.26
) -> Any:
    """Build a ring that wears one stone; the stone points along +Y, the band's axis is Z."""
    head = set_stone(name, cut, radius, metal)
    s.move(head, (0, 0.93, 0), (-90, 0, 0))
    return s.group([band(0.86, width, 0.15, metal), head])


def standing(
    ring: Any, at: Sequence[float] = (0, 0, 0), turn: float = 0.0, lean: float = 0.0
) -> Any:
    """Stand a ring of outer radius 1 on its edge, its top upwards."""
    s.move(ring, (0, 0, 0), (90, 0, 0))
    return s.group([ring], (at[0], at[1], at[2] + 1.0), (lean, 0, turn))


def chain(
    points: Sequence[Sequence[float]], metal: s.Material, link: float = 0.16, wire: float = 0.022
) -> list[Any]:
    """Lay an anchor chain along a path, every second link turned upright."""
    path = _evenly(points, link * 1.35)
    first = s.torus(link / 2, wire, metal)
    first.scale = (1.45, 1, 1)
    links = []
    for index, (here, there) in enumerate(zip(path, path[1:], strict=False)):
        item = first if index == 0 else s.repeat(first)
        yaw = math.degrees(math.atan2(there[1] - here[1], there[0] - here[0]))
        pitch = -math.degrees(math.asin(max(-1, min(1, (there[2] - here[2]) / (link * 1.35)))))
        roll = 28 if index % 2 else -62
        s.move(item, here, (roll, pitch, yaw), (1.45, 1, 1))  # type: ignore[arg-type]
        links.append(item)
    return links


def _evenly(points: Sequence[Sequence[float]], step: float) -> list[tuple[float, float, float]]:
    result = [tuple(points[0])]
    for point in points[1:]:
        while math.dist(result[-1], point) >= step:
            part = step / math.dist(result[-1], point)
            result.append(tuple(a + (b - a) * part for a, b in zip(result[-1], point, strict=True)))
    return result  # type: ignore[return-value]


def loop(
    width: float, length: float, at: Sequence[float] = (0, 0, 0.09), seed: int = 3
) -> list[tuple[float, float, float]]:
    """Return a necklace's path on the table: a drop shape that ends at its lowest point."""
    random.seed(seed)
    phase = random.random() * 6
    path = []
    for index in range(241):
        t = math.tau * index / 240
        sway = 0.05 * math.sin(3 * t + phase) + 0.03 * math.sin(7 * t)
        x = width * math.sin(t) * (0.62 - 0.38 * math.cos(t)) * (1 + sway)
        y = -length * math.cos(t) * 0.5 + length * 0.5 + 0.1 * math.sin(5 * t + phase)
        path.append((at[0] - x, at[1] + y, at[2]))
    return path


def umbel(metal: s.Material, radius: float = 0.6, beads: int = 19, size: float = 0.1) -> Any:
    """Build an elder umbel: fine stalks that carry beads."""
    parts = []
    bead = s.ball(size, metal)
    for index in range(beads):
        angle, reach = index * 2.39996, radius * math.sqrt((index + 0.5) / beads)
        tip = (
            reach * math.cos(angle),
            reach * math.sin(angle),
            0.42 - 0.32 * (reach / radius) ** 2,
        )
        item = bead if index == 0 else s.repeat(bead)
        parts.append(s.move(item, tip))
        middle = (tip[0] * 0.45, tip[1] * 0.45, tip[2] * 0.35)
        parts.append(s.wire([(0, 0, -0.12), (0, 0, 0), middle, tip], 0.026, metal))
    return s.group(parts)


def sprig(at: Sequence[float], turn: float, size: float = 1.0, seed: int = 4) -> Any:
    """Grow a dried elder stalk with berries, used beside the jewellery."""
    random.seed(seed)
    bark = s.Material("#5b4636", roughness=0.8)
    berry = s.Material("#2a1a2c", roughness=0.32, coat_weight=0.3)
    parts = [s.wire([(-5, 0, 0.15), (-3, 0.2, 0.2), (-1, -0.1, 0.25), (0.2, 0, 0.3)], 0.07, bark)]
    fruit = s.ball(0.2, berry, 3)
    for _ in range(34):
        angle, reach = random.uniform(-1.2, 1.2), random.uniform(0.9, 2.6)
        tip = (reach * math.cos(angle), reach * math.sin(angle), random.uniform(0.2, 0.75))
        parts.append(s.wire([(0.2, 0, 0.3), (tip[0] * 0.5, tip[1] * 0.4, 0.4), tip], 0.02, bark))
        parts.append(s.move(s.repeat(fruit), tip, size=random.uniform(0.75, 1.1)))
    parts.append(s.move(fruit, (1.2, 0.1, 0.42)))
    return s.group(parts, at, (0, 0, turn), size)


# --- sets ----------------------------------------------------------------------------------------


def window(power: float = 1.0, side: float = 1.0) -> None:
    """Light from a tall window on one side, with a pale card opposite."""
    s.world("#f4efe8", "#8a7f72", 0.5 * power)
    s.softbox((-9 * side, 5, 9), (7, 9), 2300 * power, "#fff3e6")
    s.softbox((8 * side, -3, 5), (5, 5), 210 * power, s.WARM)
    s.softbox((1, 9, 4), (8, 2), 260 * power, s.NEUTRAL)


def on_linen(base: str = "#dcd3c4", second: str = "#cdc1ae") -> None:
    """Lay a linen ground."""
    s.move(s.sheet(60, 60, s.linen(base, second), cells=10))


def on_paper(base: str = "#eee5d6") -> None:
    """Lay a ground of handmade paper."""
    s.move(s.sheet(60, 60, s.paper(base), cells=10))


def on_wood() -> None:
    """Lay a bench top of old beech."""
    s.move(s.sheet(80, 80, bench_top(), cells=10), turn=(0, 0, 8))


def bench_top() -> s.Material:
    """Make beech that has seen years of work: fine grain, scratches, uneven polish."""
    plank = s.Material("#b08d68", roughness=0.5).tint(
        "#8c6a49", 1.3, stretch=(0.06, 1.4, 1.4), low=0.25
    )
    plank.relief("noise", 6.0, 0.012, (0.04, 4, 4)).relief("noise", 1.5, 0.03, (1, 0.15, 1))
    return plank.wear(0.7, 0.32, 0.62)


def on_slate() -> None:
    """Lay a dark slate."""
    s.move(s.sheet(60, 60, s.plaster("#4a4845", "#3a3836").relief("noise", 8, 0.02), cells=10))


def dish(at: Sequence[float], radius: float, base: str = "#e9e2d6") -> Any:
    """Throw a shallow stoneware dish."""
    clay = s.Material(base, roughness=0.42).tint("#d8ccba", 1.4).relief("noise", 6, 0.01)
    profile = s.rounded(
        [
            (0, 0.12),
            (radius * 0.8, 0.12),
            (radius, 0.6),
            (radius + 0.12, 0.6),
            (radius * 0.86, 0),
            (0, 0),
        ],
        0.1,
    )
    return s.move(s.lathe(profile, clay), at)


def pebble(
    at: Sequence[float], size: Sequence[float], base: str = "#b9b0a3", turn: float = 0
) -> Any:
    """Place a worn stone; size is its half axes."""
    rock = s.plaster(base, "#9c9184").relief("noise", 5, 0.02)
    return s.move(s.ball(1, rock, 5), at, (0, 0, turn), size)  # type: ignore[arg-type]


METALS: dict[str, Callable[[], s.Material]] = {
    "silver": s.silver,
    "gold": s.gold,
    "rose": s.rose_gold,
}


# --- pieces --------------------------------------------------------------------------------------


def band_pair() -> None:
    """Hammered bands in silver and gold, one leaning on the other."""
    on_linen()
    window()
    standing(band(0.86, 0.42, 0.14, s.hammered(s.silver()), dome=0.2), (-0.25, 0.2, 0), 25)
    s.move(band(0.86, 0.42, 0.14, s.hammered(s.gold()), dome=0.2), (1.0, -0.55, 0.36), (0, -24, 10))
    s.camera((0.3, 0, 0.75), 12, 24, 8, blur=0.13, focus=(0.2, -0.7, 0.8))


def band_metal(name: str) -> None:
    """Show one hammered band lying on paper."""
    on_paper()
    window()
    standing(band(0.86, 0.42, 0.14, s.hammered(METALS[name]()), dome=0.2), (0, 0, 0), 38)
    pebble((1.7, 1.9, 0.3), (1.5, 1.0, 0.8), turn=20)
    s.camera((0.1, 0, 0.85), 10.5, 16, 0, blur=0.12, focus=(0, -0.4, 1))


def cabochon_ring(name: str, view: int) -> None:
    """Show the silver ring with one rounded stone."""
    ring = stone_ring(name, "cabochon", 0.62, s.silver(), width=0.34)
    if view == 0:
        on_paper()
        window()
        standing(ring, (0, 0, 0), 24, 0)
        sprig((0.6, 3.1, 0), 200, 0.9)
        s.camera((0, 0, 1.25), 12.5, 20, 0, blur=0.14, focus=(0, -0.2, 1.9))
    else:
        on_linen("#b5a894", "#a89b87")
        window()
        standing(ring, (0, 0, 0), -34)
        s.camera((0, 0, 1.55), 9.5, 48, 0, blur=0.12, focus=(0, 0, 2.1))


def signet(metal: str, view: int) -> None:
    """Show the signet with an inlaid seam of gold."""
    material = METALS[metal]()
    material.relief("noise", 14, 0.004)
    face = s.lathe(
        s.rounded([(0, 0.0), (0.3, 0), (0.62, 0.24), (0.62, 0.34), (0, 0.36)], 0.05), material
    )
    seam_metal = s.gold() if metal == "silver" else s.silver()
    path = [
        (-0.55, -0.16, 0.36),
        (-0.25, 0.02, 0.365),
        (0.02, -0.07, 0.365),
        (0.22, 0.14, 0.365),
        (0.55, 0.2, 0.35),
    ]
    seam = s.wire(path, 0.032, seam_metal)
    head = s.move(s.group([face, seam]), (0, 0.82, 0), (-90, 0, 0), 1)
    ring = s.group([band(0.86, 0.46, 0.14, material), head])
    if view == 0:
        on_slate()
        window(1.15)
        standing(ring, (0, 0, 0), 18)
        s.camera((0, 0, 1.45), 9, 54, 0, blur=0.12, focus=(0, 0, 2.1))
    else:
        on_linen()
        window()
        standing(ring, (0, 0, 0), -58, 0)
        s.camera((0.1, 0, 1.1), 11, 18, 0, blur=0.12)


def solitaire(name: str, metal: str, view: int) -> None:
    """Show the rose-cut solitaire."""
    ring = stone_ring(name, "rose", 0.42, METALS[metal](), width=0.2)
    if view == 0:
        on_paper("#eadfce")
        window()
        standing(ring, (0, 0, 0), 30)
        pebble((-1.9, 2.2, 0.2), (1.7, 1.2, 0.9), "#c4b8a6", 15)
        s.camera((0, 0, 1.15), 10, 26, 0, blur=0.12, focus=(0, -0.2, 1.9))
    else:
        on_linen("#cfc6b8", "#bfb4a3")
        window()
        standing(ring, (0, 0, 0), -52)
        s.camera((0, 0, 1.4), 8.4, 52, 0, blur=0.11, focus=(0, 0, 2.1))


def stacking(view: int) -> None:
    """Show three thin rings that are worn together."""
    kinds = [s.silver(), s.hammered(s.gold(), 7, 0.04), s.silver()]
    on_linen() if view else on_paper("#c4b5a2")
    window()
    rings = []
    for index, material in enumerate(kinds):
        item = band(0.88, 0.16, 0.11, material)
        if index == 2:
            beads = [
                s.move(s.ball(0.085, material), (0.97 * math.cos(a), 0.97 * math.sin(a), 0), size=1)
                for a in (math.tau * i / 36 for i in range(36))
            ]
            item = s.group([item, *beads])
        rings.append(item)
    if view == 0:
        for index, item in enumerate(rings):
            s.move(item, (0.06 * index, -0.03 * index, 0.09 + 0.19 * index), (0, 0, 20 * index))
        s.camera((0, 0, 0.3), 9, 32, 0, blur=0.1, focus=(0, -0.8, 0.3))
    else:
        standing(rings[0], (-0.9, 0.4, 0), 30)
        standing(rings[1], (0.15, 0.1, 0), 12)
        s.move(rings[2], (0.9, -0.9, 0.12), (0, -5, 0))
        s.camera((0.1, 0, 0.7), 12.5, 24, 0, blur=0.13)


def wedding(view: int) -> None:
    """Show a pair of wedding bands."""
    on_slate() if view else on_linen("#e3dacb", "#d5c9b6")
    window(1.1)
    wide, narrow = (
        band(0.98, 0.5, 0.15, s.gold(), dome=0.35),
        band(0.84, 0.36, 0.14, s.gold(), dome=0.35),
    )
    if view == 0:
        s.move(wide, (-0.4, 0.3, 0.25))
        s.move(narrow, (0.62, -0.32, 0.56), (0, -33, 0))
        s.camera((0.1, 0, 0.4), 11.5, 30, -14, blur=0.12, focus=(0.2, -0.9, 0.5))
    else:
        s.move(wide, (0, 0, 1.13), (90, 0, 28))
        s.move(narrow, (1.15, -1.15, 0.98), (90, 0, -14))
        s.camera((0.5, -0.4, 0.95), 13, 14, 0, blur=0.13)


def pendant_path(pendant: Any, metal: s.Material, view: int, *, drop: float = 0.0) -> None:
    """Lay a pendant on its chain: the whole, or close to the pendant."""
    bail = s.move(s.torus(0.17, 0.045, metal), (0, 0.02, 0.16), (70, 0, 0))
    s.group([bail])
    s.move(pendant, (0, -0.2 - drop, 0.0))
    if view == 0:
        chain(loop(3.4, 9.0), metal)
        s.camera((0, 2.9, 0), 22.5, 62, 0, blur=0.13, focus=(0, 0, 0.2))
    else:
        chain(loop(2.4, 10.0, seed=8), metal)
        s.camera((0.1, -0.25 - drop, 0.2), 11, 40, 16, blur=0.14)


def ore_pendant(metal: str, view: int) -> None:
    """Show the ore drop: a rough, cast nugget."""
    material = METALS[metal]().relief("noise", 5, 0.06).relief("dents", 3, 0.1)
    nugget = s.ball(0.5, material, 6)
    nugget.modifiers.new("rough", "DISPLACE")
    texture = s.bpy.data.textures.new("ore", "CLOUDS")
    texture.noise_scale = 0.5
    nugget.modifiers["rough"].texture, nugget.modifiers["rough"].strength = texture, 0.28
    nugget.scale = (0.72, 1.12, 0.5)
    nugget.location = (0, -0.4, 0.24)
    on_paper() if view == 0 else on_slate()
    window(1.0 if view == 0 else 1.15)
    pendant_path(s.group([nugget]), material if view else METALS[metal](), view)


def lens_pendant(name: str, view: int) -> None:
    """Show the lens: a rounded stone in a plain collar."""
    on_linen("#8f9aa0", "#838e94") if view == 0 else on_paper("#aab3b5")
    window()
    head = s.move(set_stone(name, "cabochon", 0.62, s.silver()), (0, -0.62, 0.02))
    pendant_path(s.group([head]), s.silver(), view)


def disc_necklace(metal: str, view: int) -> None:
    """Show the hammered disc."""
    on_paper("#e8dcc9") if view == 0 else on_linen()
    window()
    disc = s.lathe(
        s.rounded([(0, 0.02), (0.74, -0.02), (0.78, 0.02), (0.74, 0.07), (0, 0.1)], 0.03),
        s.hammered(METALS[metal](), 5.0, 0.05),
    )
    s.move(disc, (0, -0.75, 0.05), (4, 0, 0))
    pendant_path(s.group([disc]), METALS[metal](), view)


def umbel_necklace(view: int) -> None:
    """Show the umbel as a pendant."""
    on_slate() if view == 0 else on_paper()
    window(1.15 if view == 0 else 1.0)
    flower = s.move(umbel(s.silver(), 0.75, 27, 0.095), (0, -0.7, 0.16))
    pendant_path(s.group([flower]), s.silver(), view)


def anchor_chain(metal: str, view: int) -> None:
    """Show the plain anchor chain, coiled or close."""
    on_linen("#c9bfb0", "#bab0a0") if view == 0 else on_slate()
    window(1.05)
    path = []
    for index in range(700):
        t = index / 700
        radius, angle = 3.4 - 1.9 * t, math.tau * 3.3 * t
        path.append(
            (
                radius * math.cos(angle) * 1.05,
                radius * math.sin(angle),
                0.13 + 0.03 * math.sin(9 * angle),
            )
        )
    chain(path, METALS[metal](), link=0.3, wire=0.045)
    if view == 0:
        s.camera((0, -0.2, 0), 20.5, 56, 0, blur=0.16)
    else:
        s.camera((0.4, -2.6, 0.1), 9.5, 32, 20, blur=0.16)


def umbel_studs(metal: str, view: int) -> None:
    """Show the pair of umbel studs."""
    on_paper("#dcc5b0") if view == 0 else on_linen()
    window()
    left, right = umbel(METALS[metal](), 0.5, 12, 0.105), umbel(METALS[metal](), 0.5, 12, 0.105)
    if view == 0:
        s.move(left, (-0.75, 0.1, 0.32), (-14, -10, 0))
        s.move(right, (0.75, -0.25, 0.4), (34, 24, 40))
        sprig((-1.2, 3.4, 0), -20, 0.8, 9)
        s.camera((0, 0.1, 0.3), 10.5, 40, 0, blur=0.12)
    else:
        s.move(left, (-0.5, 0.3, 0.5), (50, 0, 24))
        s.move(right, (0.6, -0.3, 0.4), (20, 0, 0))
        s.camera((0.1, 0, 0.4), 8, 28, 0, blur=0.11, focus=(0.5, -0.4, 0.6))


def hoop(radius: float, thickness: float, material: s.Material) -> Any:
    """Bend an open hoop with its post."""
    points = []
    for index in range(41):
        angle = math.radians(100 + 340 * index / 40)
        points.append((radius * math.cos(angle), 0, radius * math.sin(angle)))
    points = [(x, y, z + radius + thickness) for x, y, z in points]
    last = points[-1]
    post = s.wire(
        [last, (last[0] - 0.15, 0, last[2] + 0.12), (points[0][0] - 0.05, 0, points[0][2] + 0.05)],
        0.04,
        material,
    )
    return s.group([s.wire(points, thickness, material), post])


def hoops(metal: str, view: int, radius: float = 1.25) -> None:
    """Show the hammered hoops."""
    material = s.hammered(METALS[metal](), 5.5, 0.05)
    on_linen() if view == 0 else on_paper("#b98e72")
    window()
    if view == 0:
        s.move(hoop(radius, 0.12, material), (-0.5, 0.5, 0), (0, 0, 28))
        s.move(hoop(radius, 0.12, material), (0.75, -0.3, 0), (0, 0, -22))
        s.camera((0.1, 0, 1.15), 15.5, 18, 0, blur=0.14)
    else:
        s.move(hoop(radius, 0.12, material), (-0.6, 0.9, 0.13), (90, 0, 20))
        s.move(hoop(radius, 0.12, material), (0.9, 0.4, 0.2), (82, 0, -60))
        s.camera((0.2, 0.2, 0.1), 15, 52, 0, blur=0.13)


def hook(material: s.Material, at: Sequence[float]) -> Any:
    """Bend an ear hook above a point, in the table's plane."""
    x, y, z = at
    points = [
        (x, y, z),
        (x - 0.04, y + 0.3, z),
        (x + 0.02, y + 0.75, z),
        (x + 0.3, y + 1.05, z + 0.03),
        (x + 0.62, y + 0.8, z + 0.02),
        (x + 0.68, y + 0.3, z),
        (x + 0.74, y - 0.15, z),
        (x + 0.86, y - 0.3, z),
    ]
    return s.wire(points, 0.035, material)


def drops(name: str, view: int) -> None:
    """Show the drop earrings."""
    material = s.silver()
    on_slate() if view else on_paper("#c9cbb8")
    window(1.12 if view else 1.0)
    for side, (x, turn) in enumerate(((-0.95, 12), (0.75, -14))):
        head = s.move(set_stone(name, "brilliant", 0.42, material), (0, -0.5, 0.02))
        tip = s.move(s.ball(0.1, material), (0, -1.12, 0.2))
        joint = s.move(s.torus(0.09, 0.026, material), (0, 0.08, 0.14), (30, 0, 0))
        s.group(
            [head, tip, joint, hook(material, (0, 0.16, 0.14))],
            (x, 0.1 - 0.25 * side, 0),
            (0, 0, turn),
        )
    if view == 0:
        s.camera((0.05, 0.05, 0.1), 10.8, 56, 0, blur=0.12)
    else:
        s.camera((-0.05, -0.1, 0.2), 9.6, 36, -14, blur=0.13)


def pearls(view: int) -> None:
    """Show the freshwater pearls on gold hooks."""
    material = s.gold()
    nacre = s.Material(
        "#f3e9df", roughness=0.18, coat_weight=0.8, coat_roughness=0.1, subsurface_weight=0.3
    )
    nacre.tint("#e9d6d2", 2.2).relief("noise", 1.6, 0.06)
    on_linen("#c8bcab", "#b9ac9a") if view == 0 else on_paper()
    window()
    for x, turn, seed in ((-0.95, 10, 0.9), (0.75, -16, 1.08)):
        pearl = s.move(
            s.ball(0.46, nacre, 5), (0, -0.62, 0.4), (0, 0, 30 * seed), (0.9, 1.12 * seed, 0.86)
        )  # type: ignore[arg-type]
        cap = s.move(
            s.lathe([(0.02, 0.12), (0.12, 0.1), (0.2, 0.0)], material),
            (0, -0.08, 0.38),
            (-90, 0, 0),
        )
        s.group([pearl, cap, hook(material, (0, 0.02, 0.36))], (x, 0.1, 0), (0, 0, turn))
    if view == 0:
        s.camera((0.1, 0, 0.2), 13, 56, 0, blur=0.12)
    else:
        s.camera((0.5, -0.3, 0.3), 9, 30, -20, blur=0.13, focus=(0.5, -0.8, 0.5))


def cuff(metal: str, view: int) -> None:
    """Show the open cuff."""
    material = s.hammered(METALS[metal](), 3.2, 0.07)
    points, faces = [], []
    for i in range(97):
        angle = math.radians(-60 + 300 * i / 96)
        for r, z in (
            (2.7, -0.38),
            (2.8, -0.42),
            (2.86, -0.2),
            (2.88, 0.0),
            (2.86, 0.2),
            (2.8, 0.42),
            (2.7, 0.38),
            (2.68, 0),
        ):
            taper = 1 - 0.35 * abs(i / 48 - 1) ** 3
            points.append((r * math.cos(angle), 0.8 * r * math.sin(angle), z * taper))
    for i in range(96):
        faces += [
            (8 * i + j, 8 * i + 8 + j, 8 * i + 8 + (j + 1) % 8, 8 * i + (j + 1) % 8)
            for j in range(8)
        ]
    faces += [tuple(range(8)), tuple(range(96 * 8, 97 * 8))]
    body = s.shape(points, faces, material)
    s.crease(body, 50)
    on_linen("#a9aa9a", "#9c9d8e") if view == 0 else on_wood()
    window()
    if view == 0:
        s.move(body, (0, 0, 0.42), (0, 0, 200))
        s.camera((0, 0, 0.2), 23, 30, 0, blur=0.2, focus=(0, -2.2, 0.4))
    else:
        s.move(body, (0, 0, 2.3), (-90, 0, 30))
        s.camera((0, 0, 1.9), 23, 14, 0, blur=0.22)


def ring_dish(view: int) -> None:
    """Show the stoneware dish with a few rings in it."""
    on_linen("#c9bfb0", "#bab0a0") if view == 0 else on_wood()
    window()
    dish((0, 0, 0), 2.6)
    s.move(band(0.9, 0.36, 0.14, s.gold(), dome=0.35), (-0.4, 0.5, 0.34), (4, -6, 0))
    s.move(band(0.86, 0.3, 0.13, s.hammered(s.silver()), dome=0.2), (0.75, -0.4, 0.5), (-12, 22, 0))
    if view == 0:
        s.camera((0, 0, 0.3), 17, 40, 0, blur=0.16, focus=(0, -0.6, 0.4))
    else:
        s.camera((0, 0, 0.3), 17, 20, 20, blur=0.2, focus=(0.6, -1.2, 0.5))


# --- the bench -----------------------------------------------------------------------------------


def hammer(at: Sequence[float], turn: float, tilt: float = 0.0) -> Any:
    """Forge a planishing hammer."""
    head = s.lathe(
        s.rounded(
            [
                (0, -2.2),
                (0.85, -2.2),
                (0.85, -1.4),
                (0.5, -1.0),
                (0.6, 0.5),
                (0.42, 1.0),
                (0.62, 2.0),
                (0.5, 2.3),
                (0, 2.35),
            ],
            0.1,
        ),
        s.steel(0.2).wear(2, 0.15, 0.4),
    )
    handle = s.wire(
        [(0, 0, 0), (0, -4, 0), (0, -8, 0.1), (0, -13, 0)], 0.42, s.wood("#b98a5c", "#8f633d", 0.45)
    )
    s.move(head, turn=(0, 90, 0))
    return s.group([head, handle], at, (0, tilt, turn))


def mandrel(at: Sequence[float], turn: float) -> Any:
    """Turn the steel cone on which rings are rounded, lying on the bench."""
    cone = s.lathe(
        [(0, 0), (1.25, 0), (1.3, 0.1), (0.6, 17), (0.5, 17.3), (0, 17.3)],
        s.steel(0.18).wear(3, 0.12, 0.36),
    )
    grip = s.lathe(
        s.rounded(
            [(0, -8), (1.0, -8), (1.25, -5), (0.95, -1.2), (1.2, -0.6), (1.2, 0), (0, 0)], 0.3
        ),
        s.wood("#7a5233", "#54351f", 0.4),
    )
    rings = []
    for height, kind in (
        (8.6, s.hammered(s.gold())),
        (9.5, s.silver()),
        (10.35, s.hammered(s.silver())),
    ):
        radius = 1.3 - 0.7 * height / 17 + 0.005
        rings.append(s.move(band(radius, 0.4, 0.14, kind, dome=0.3), (0, 0, height)))
    return s.group([cone, grip, *rings], (at[0], at[1], at[2] + 1.25), (90, 0, turn))


def file_tool(at: Sequence[float], turn: float, length: float = 9) -> Any:
    """Make a needle file with a wooden grip."""
    blade = s.move(
        s.block((0.55, length, 0.16), s.steel(0.4).relief("stripes", 9, 0.02), 0.04),
        (0, length / 2, 0.35),
    )
    grip = s.lathe(
        s.rounded([(0, -6), (0.45, -6), (0.7, -4.5), (0.45, -1), (0.5, 0), (0, 0)], 0.25),
        s.wood("#c49a6a", "#9c7145", 0.45),
    )
    s.move(grip, (0, 0, 0.45), (-90, 0, 0))
    return s.group([blade, grip], at, (0, 0, turn))


def coil(at: Sequence[float], metal: s.Material) -> Any:
    """Wind a coil of wire."""
    points = [
        (
            (1.7 + 0.06 * math.sin(t * 3.7)) * math.cos(t),
            (1.7 + 0.05 * math.cos(t * 2.3)) * math.sin(t),
            0.1 + 0.045 * t / math.tau + 0.03 * math.sin(5 * t),
        )
        for t in (math.tau * 9 * i / 260 for i in range(261))
    ]
    return s.move(s.wire(points, 0.07, metal), at)


def bench(tall: bool) -> None:
    """Show the bench: mandrel with rings, hammer, files, coil and a dish of stones."""
    on_linen("#d8cdbb", "#cbbfab")
    s.world("#f6efe6", "#8a7d70", 0.42)
    s.softbox((-26, 14, 22), (18, 20), 14500, "#ffeedb", (0, 2, 0))
    s.softbox((22, -8, 14), (10, 10), 900, s.WARM)
    mandrel((-10.5, -0.6, 0), 124)
    hammer((10.2, 4.4, 0.9), 40)
    file_tool((-8.2, -4.4, 0), -78)
    file_tool((-9, 11.0, 0), -80, 8)
    sprig((8.6, -0.6, 0), 196, 0.95, 9)
    dish((4.4, 5.2, 0), 2.5)
    random.seed(5)
    for name in (
        "garnet",
        "peridot",
        "smoky",
        "moonstone",
        "garnet",
        "tourmaline",
        "smoky",
        "sapphire",
    ):
        cut = "cabochon" if name == "moonstone" else "brilliant"
        where = (4.4 + random.uniform(-1.4, 1.4), 5.2 + random.uniform(-1.2, 1.2), 0.45)
        turn = (random.uniform(-30, 30), random.uniform(-30, 30), random.uniform(0, 180))
        s.move(stone(name, cut, 0.5), where, turn, random.uniform(0.36, 0.5))
    standing(stone_ring("garnet", "cabochon", 0.62, s.silver(), width=0.34), (2.6, -2.6, 0), 24)
    s.move(band(0.86, 0.42, 0.14, s.hammered(s.gold()), dome=0.2), (4.6, -3.7, 0.22))
    s.move(band(0.86, 0.16, 0.11, s.rose_gold()), (0.4, -4.2, 0.09))
    if tall:
        s.camera((2.4, 1.4, 0.3), 40, 40, 4, lens=85, blur=0.34, focus=(2.6, -2.8, 1))
    else:
        s.camera((0.6, 1.2, 0.5), 38, 27, 4, lens=85, blur=0.34, focus=(2.6, -2.8, 1))


def together(kind: str) -> None:
    """Show several pieces of one kind, for a collection."""
    window(1.05)
    if kind == "rings":
        on_paper("#e9decd")
        standing(band(0.86, 0.42, 0.14, s.hammered(s.silver()), dome=0.2), (-2.5, 0.8, 0), 30)
        standing(stone_ring("garnet", "cabochon", 0.62, s.silver(), width=0.34), (0, 0.2, 0), 10)
        standing(stone_ring("sapphire", "rose", 0.42, s.gold(), width=0.2), (2.5, 0.9, 0), -24)
        s.move(band(0.9, 0.36, 0.14, s.gold(), dome=0.35), (1.5, -1.5, 0.18))
        s.move(band(0.86, 0.16, 0.11, s.rose_gold()), (-1.5, -1.3, 0.08))
        s.camera((0, 0, 0.7), 22, 26, 0, blur=0.18)
    elif kind == "necklaces":
        on_linen()
        chain(loop(2.6, 8.5, (-2.7, -2.5, 0.09)), s.silver())
        s.move(set_stone("moonstone", "cabochon", 0.62, s.silver()), (-2.7, -3.3, 0.02))
        chain(loop(2.6, 8.0, (2.7, -3.2, 0.09), 7), s.gold())
        disc = s.lathe(
            s.rounded([(0, 0.02), (0.74, -0.02), (0.78, 0.02), (0.74, 0.07), (0, 0.1)], 0.03),
            s.hammered(s.gold(), 5.0, 0.05),
        )
        s.move(disc, (2.7, -4.15, 0.05), (4, 0, 0))
        s.camera((0, 0, 0), 30, 60, 0, blur=0.14)
    elif kind == "earrings":
        on_slate()
        s.move(hoop(1.25, 0.12, s.hammered(s.gold(), 5.5, 0.05)), (-2.2, 1.2, 0), (0, 0, 28))
        s.move(hoop(1.25, 0.12, s.hammered(s.gold(), 5.5, 0.05)), (-0.9, 0.4, 0), (0, 0, -20))
        s.move(umbel(s.silver(), 0.5, 12, 0.105), (1.5, -0.4, 0.36), (20, 0, 0))
        s.move(umbel(s.silver(), 0.5, 12, 0.105), (3.0, 0.6, 0.36), (-10, 0, 0))
        s.camera((0.3, 0.2, 0.8), 21, 26, 0, blur=0.2)
    else:
        on_linen("#e3dacb", "#d5c9b6")
        s.move(band(0.98, 0.5, 0.15, s.gold(), dome=0.35), (-0.7, 0.3, 0.25))
        s.move(
            band(0.84, 0.36, 0.14, s.hammered(s.gold()), dome=0.35),
            (0.62, -0.32, 0.56),
            (0, -30, 0),
        )
        sprig((2.4, 2.0, 0), 160, 0.8)
        s.camera((0.4, 0.3, 0.4), 15, 32, -10, blur=0.14)
