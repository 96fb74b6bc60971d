"""Pictures of the watch house: watches, their movement, and the dark they are shown in."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import studio as s

SERIF = "/usr/share/fonts/opentype/ebgaramond/EBGaramond12-Regular.otf"
SANS = "/usr/share/fonts/truetype/lato/Lato-Regular.ttf"
NAME = "HALVENAU"


@dataclass(frozen=True)
class Watch:
    """What one watch looks like; lengths in centimetres, the dial's radius is `radius`."""

    dial: str = "#e9e3d6"
    case: str = "steel"
    strap: str = "#1d1a18"
    complication: str = "none"
    radius: float = 1.62
    numerals: bool = False
    bracelet: bool = False
    hands: str = "case"
    grain: str = "sun"
    note: str = "GMUNDEN"
    extra: dict[str, float] = field(default_factory=dict)


def case_metal(watch: Watch, roughness: float = 0.14) -> s.Material:
    """Return the metal of a watch's case."""
    tints = {"steel": "#d3d5d8", "gold": "#ecca8e", "rose": "#e6b496", "white": "#dcdad4"}
    return s.metal(tints[watch.case], roughness)


def ink(watch: Watch) -> s.Material:
    """Return the colour that the dial is printed in."""
    light = sum(s.colour(watch.dial)[:3]) / 3 > 0.25
    return s.Material("#22201e" if light else "#e8e2d4", roughness=0.6)


def dial_face(watch: Watch) -> Any:
    """Make the dial: lacquered, with the brushing that its grain asks for."""
    light = sum(s.colour(watch.dial)[:3]) / 3 > 0.25
    metallic = 0.35 if watch.grain == "sun" and light else 0.0
    face = s.Material(
        watch.dial, roughness=0.4, metallic=metallic, specular_ior_level=0.5 if light else 0.12
    )
    if watch.grain == "grained":
        face.relief("noise", 60, 0.008)
    if watch.grain == "linen":
        face.relief("weave", 14, 0.004)
    return s.lathe([(0, 0), (watch.radius * 0.9, 0), (watch.radius, 0.0)], face, segments=128)


def _around(angle: float, radius: float) -> tuple[float, float]:
    turn = math.radians(90 - angle)
    return radius * math.cos(turn), radius * math.sin(turn)


def _bar(
    angle: float, radius: float, size: Sequence[float], material: s.Material, z: float = 0.0
) -> Any:
    x, y = _around(angle, radius)
    return s.move(
        s.block((size[0], size[1], size[2]), material, min(size) * 0.3), (x, y, z), (0, 0, -angle)
    )


def markings(watch: Watch) -> list[Any]:
    """Apply the hour markers, print the minute track and the name."""
    bright, satin, print_ = case_metal(watch, 0.1), case_metal(watch, 0.5), ink(watch)
    parts = []
    for minute in range(60):
        if minute % 5:
            parts.append(_bar(minute * 6, watch.radius * 0.955, (0.014, 0.06, 0.004), print_))
    words = {3: "III", 6: "VI", 9: "IX", 12: "XII"}
    for hour in range(1, 13):
        if (watch.complication == "seconds" and hour == 6) or (
            watch.complication == "moon" and hour == 6
        ):
            continue
        if watch.complication == "chronograph" and hour in {3, 6, 9}:
            continue
        if watch.numerals and hour in words:
            x, y = _around(hour * 30, watch.radius * 0.76)
            parts.append(
                s.move(s.lettering(words[hour], SERIF, 0.42, satin, 0.02), (x, y, 0.03), size=0.9)
            )
            continue
        for shift in (-3, 3) if hour == 12 else (0,):
            parts.append(_bar(hour * 30 + shift, watch.radius * 0.8, (0.07, 0.36, 0.05), bright))
    return [*parts, *_names(watch, print_)]


def _names(watch: Watch, print_: s.Material) -> list[Any]:
    name = s.lettering("".join(f"{letter} " for letter in NAME).strip(), SERIF, 0.19, print_, 0.002)
    parts = [s.move(name, (0, watch.radius * 0.42, 0.006))]
    if watch.complication in {"none", "power", "traveller"}:
        parts.append(
            s.move(
                s.lettering(watch.note, SANS, 0.085, print_, 0.002),
                (0, -watch.radius * 0.45, 0.006),
            )
        )
    return parts


def subdial(watch: Watch, at: Sequence[float], radius: float, hand: float) -> list[Any]:
    """Sink a small dial with its own track and hand."""
    print_ = ink(watch)
    ground = s.Material(watch.dial, roughness=0.45, metallic=0.2).relief("stripes", 0.1, 0.0)
    ring = s.lathe(
        [(0, 0.003), (radius * 0.96, 0.003), (radius, 0.014), (radius * 1.04, 0.003)], ground
    )
    parts: list[Any] = [ring]
    for mark in range(12):
        long = mark % 3 == 0
        parts.append(
            _bar(mark * 30, radius * 0.84, (0.016, 0.1 if long else 0.05, 0.006), print_, 0.003)
        )
    parts.append(pointer(radius * 0.8, 0.035, hand, _hand_metal(watch), 0.03, tail=0.3))
    parts.append(
        s.move(s.lathe([(0, 0.05), (0.05, 0.05), (0.05, 0)], case_metal(watch)), (0, 0, 0.01))
    )
    return [s.group(parts, at)]


def _hand_metal(watch: Watch) -> s.Material:
    if watch.hands == "blue":
        return s.metal("#24407e", 0.18)
    return case_metal(watch, 0.12)


def pointer(
    length: float, width: float, angle: float, material: s.Material, z: float, tail: float = 0.0
) -> Any:
    """Cut a slender dauphine hand with a ridge along its middle."""
    w, back = width / 2, tail * length
    points = [
        (0, length, 0),
        (w, length * 0.12, 0),
        (w * 0.5, -back, 0),
        (-w * 0.5, -back, 0),
        (-w, length * 0.12, 0),
        (0, length * 0.12, 0.03),
        (0, -back, 0.012),
    ]
    faces = [(0, 5, 1), (1, 5, 6, 2), (2, 6, 3), (3, 6, 5, 4), (4, 5, 0), (0, 1, 2, 3, 4)]
    hand = s.shape(points, faces, material, smooth=False)
    return s.move(hand, (0, 0, z), (0, 0, -angle))


def hands(watch: Watch, hour: float = 10, minute: float = 9) -> list[Any]:
    """Put on the hands, at nine minutes past ten unless told otherwise."""
    material = _hand_metal(watch)
    parts = [
        pointer(watch.radius * 0.56, 0.17, (hour + minute / 60) * 30, material, 0.09),
        pointer(watch.radius * 0.84, 0.13, minute * 6, material, 0.13),
        s.lathe([(0, 0.19), (0.07, 0.19), (0.09, 0.17), (0.09, 0.05)], material),
    ]
    if watch.complication in {"none", "chronograph", "traveller", "diver"}:
        parts.append(pointer(watch.radius * 0.92, 0.035, 205, material, 0.165, tail=0.28))
    if watch.complication == "traveller":
        parts.append(pointer(watch.radius * 0.66, 0.09, 285, s.metal("#a6452f", 0.3), 0.06))
    return parts


def complication(watch: Watch) -> list[Any]:
    """Build what the dial shows beside the time."""
    r = watch.radius
    if watch.complication == "seconds":
        return subdial(watch, (0, -r * 0.47, 0), r * 0.3, 130)
    if watch.complication == "chronograph":
        return [
            part
            for x, y, hand in ((-0.5, 0, 40), (0.5, 0, 300), (0, -0.5, 150))
            for part in subdial(watch, (x * r, y * r, 0), r * 0.25, hand)
        ]
    if watch.complication == "moon":
        return _moon(watch)
    if watch.complication == "power":
        print_ = ink(watch)
        marks = [_bar(a, r * 0.36, (0.02, 0.09, 0.006), print_) for a in range(-60, 61, 15)]
        scale = s.group(
            [*marks, pointer(r * 0.34, 0.06, 28, _hand_metal(watch), 0.03, tail=0.2)],
            (0, -r * 0.62, 0),
        )
        return [scale]
    return []


def _moon(watch: Watch) -> list[Any]:
    r = watch.radius
    night = s.Material("#0e1a36", roughness=0.25, coat_weight=0.8)
    disc = [s.lathe([(0, 0.004), (r * 0.31, 0.004)], night)]
    gold = s.metal("#ecca8e", 0.2)
    disc.append(s.move(s.lathe([(0, 0.012), (0.2, 0.012), (0.215, 0.004)], gold), (0.06, 0.16, 0)))
    for x, y, size in (
        (-0.3, 0.2, 0.02),
        (-0.2, 0.36, 0.013),
        (0.36, 0.12, 0.018),
        (0.3, 0.34, 0.012),
        (-0.38, 0.05, 0.012),
        (-0.12, 0.12, 0.012),
    ):
        disc.append(
            s.move(
                s.lathe([(0, 0.009), (size, 0.009), (size, 0.004)], gold, segments=10), (x, y, 0)
            )
        )
    cover = s.Material(watch.dial, roughness=0.32, metallic=0.35)
    for x in (-0.27, 0.27):
        disc.append(s.move(s.lathe([(0, 0.016), (0.27, 0.016)], cover), (x, -0.21, 0)))
    lower = [
        (-r * 0.32, 0.0),
        (r * 0.32, 0.0),
        (r * 0.3, -r * 0.2),
        (0, -r * 0.33),
        (-r * 0.3, -r * 0.2),
    ]
    disc.append(s.move(s.plate([(x, y - 0.17) for x, y in lower], 0.015, cover), (0, 0, 0)))
    disc.append(s.torus(r * 0.315, 0.014, case_metal(watch)))
    return [s.group(disc, (0, -r * 0.47, 0))]


def case(watch: Watch) -> list[Any]:
    """Turn the case, bezel, crystal, crown and lugs."""
    r = watch.radius
    body, polished = case_metal(watch, 0.28), case_metal(watch, 0.09)
    body.relief("stripes", 3, 0.0)
    middle = s.rounded(
        [(r + 0.02, -0.55), (r + 0.2, -0.55), (r + 0.3, -0.4), (r + 0.3, 0.02), (r + 0.2, 0.06)],
        0.05,
    )
    bezel = s.rounded(
        [
            (r + 0.24, 0.05),
            (r + 0.26, 0.12),
            (r + 0.1, 0.27),
            (r + 0.02, 0.27),
            (r, 0.2),
            (r, -0.02),
        ],
        0.04,
    )
    back = [(0, -0.56), (r + 0.1, -0.56)]
    rehaut = s.lathe(
        [(r + 0.01, 0.2), (r - 0.05, 0.01)], s.Material(watch.dial, roughness=0.4, metallic=0.3)
    )
    crystal = s.lathe(
        s.rounded(
            [(0, 0.27), (r * 0.7, 0.265), (r + 0.01, 0.235), (r + 0.01, 0.2), (0, 0.215)], 0.03
        ),
        s.glass("#ffffff", 1.12),
    )
    parts = [
        s.lathe(middle, body),
        s.lathe(bezel, polished),
        s.lathe(back, polished),
        rehaut,
        crystal,
    ]
    return [
        *parts,
        *_crown(watch, polished),
        *[_lug(r, side, end, body) for side in (-1, 1) for end in (-1, 1)],
    ]


def _crown(watch: Watch, material: s.Material) -> list[Any]:
    r = watch.radius
    knurl = s.lathe(
        s.rounded([(0, 0), (0.2, 0), (0.26, 0.05), (0.26, 0.25), (0.2, 0.3), (0, 0.31)], 0.03),
        material,
        segments=192,
        wobble=lambda a: 1 + 0.03 * (1 if math.sin(a * 32) > 0 else -1),
    )
    parts = [s.move(knurl, (r + 0.32, 0, -0.2), (0, 90, 0))]
    if watch.complication == "chronograph":
        for angle in (32, -32):
            x, y = (
                (r + 0.28) * math.cos(math.radians(angle)),
                (r + 0.28) * math.sin(math.radians(angle)),
            )
            push = s.lathe(
                s.rounded(
                    [(0, 0), (0.13, 0), (0.13, 0.16), (0.18, 0.17), (0.18, 0.3), (0, 0.31)], 0.02
                ),
                material,
            )
            parts.append(s.move(push, (x, y, -0.2), (0, 90, angle)))
    return parts


def _lug(radius: float, side: int, end: int, material: s.Material) -> Any:
    outline = [
        (radius * 0.62, -0.1),
        (radius * 0.62, -0.5),
        (radius + 0.3, -0.55),
        (radius + 0.72, -0.86),
        (radius + 0.8, -0.7),
        (radius + 0.55, -0.22),
        (radius + 0.1, 0.0),
    ]
    lug = s.plate(s.rounded([*outline, outline[0]], 0.06)[:-1], 0.34, material, 0.05)
    s.move(lug, turn=(90, 0, 90))
    anchor = s.group([lug], (0.86 * side - 0.17, 0, 0))
    if end < 0:
        anchor = s.group([anchor], (0, 0, 0), (0, 0, 180))
    return anchor


def strap(watch: Watch) -> list[Any]:
    """Hang the strap: two bands that leave the lugs and curve behind the case."""
    return [_band(watch, end) for end in (1, -1)]


def _path(radius: float, t: float) -> tuple[float, float, float]:
    """Return (y, z, direction) on the strap's course, t in centimetres from the lugs."""
    start, bend = radius + 0.42, 3.1
    angle = min(t / bend, math.pi * 0.62)
    rest = max(0.0, t - bend * math.pi * 0.62)
    y = start + bend * math.sin(angle) * 0.9 + rest * math.cos(angle)
    z = -0.42 - bend * (1 - math.cos(angle)) - rest * math.sin(angle)
    return y, z, angle


def _band(watch: Watch, end: int) -> Any:
    if watch.bracelet:
        return _links(watch, end)
    hide = s.leather(watch.strap, None)
    thread = s.Material(
        "#cbbd9f" if sum(s.colour(watch.strap)[:3]) < 0.35 else "#6b5a45", roughness=0.8
    )
    rows, points, faces = 60, [], []
    section = [
        (-1, -0.5),
        (-0.96, 0.2),
        (-0.8, 0.42),
        (-0.55, 0.55),
        (0, 0.6),
        (0.55, 0.55),
        (0.8, 0.42),
        (0.96, 0.2),
        (1, -0.5),
    ]
    for row in range(rows + 1):
        y, z, angle = _path(watch.radius, 6.5 * row / rows)
        wide, thick = 1.02 - 0.12 * row / rows, 0.3 - 0.1 * min(1, row / 20)
        for x, h in section:
            points.append(
                (x * wide, y + h * thick * math.sin(angle), z + h * thick * math.cos(angle))
            )
    count = len(section)
    for row in range(rows):
        faces += [
            (row * count + i, row * count + i + 1, (row + 1) * count + i + 1, (row + 1) * count + i)
            for i in range(count - 1)
        ]
        faces.append(
            (row * count + count - 1, row * count, (row + 1) * count, (row + 1) * count + count - 1)
        )
    faces.append(tuple(range(count)))
    parts = [s.shape(points, faces, hide)]
    stitch = s.ball(0.024, thread, 2)
    for side in (-1, 1):
        for index in range(24):
            y, z, angle = _path(watch.radius, 0.35 + 0.22 * index)
            wide, thick = 1.02 - 0.12 * index / 30, 0.3 - 0.1 * min(1, index / 9)
            lift = 0.47 * thick
            item = s.repeat(stitch)
            s.move(
                item,
                (side * wide * 0.84, y + lift * math.sin(angle), z + lift * math.cos(angle)),
                (-math.degrees(angle), 0, 0),
                (0.8, 2.6, 0.8),
            )  # type: ignore[arg-type]
            parts.append(item)
    s.bpy.data.objects.remove(stitch)
    return s.group(parts, turn=(0, 0, 0 if end > 0 else 180))


def _links(watch: Watch, end: int) -> Any:
    brushed, polished = case_metal(watch, 0.3), case_metal(watch, 0.1)
    outer, inner = (
        s.block((0.56, 0.5, 0.26), brushed, 0.05),
        s.block((0.76, 0.5, 0.26), polished, 0.05),
    )
    parts = []
    for index in range(13):
        y, z, angle = _path(watch.radius, 0.05 + 0.53 * index)
        for x, kind in ((-0.68, outer), (0, inner), (0.68, outer)):
            parts.append(s.move(s.repeat(kind), (x, y, z - 0.05), (-math.degrees(angle), 0, 0)))
    s.bpy.data.objects.remove(outer)
    s.bpy.data.objects.remove(inner)
    return s.group(parts, turn=(0, 0, 0 if end > 0 else 180))


def assemble(watch: Watch) -> Any:
    """Put a whole watch together, dial upwards, twelve o'clock along +Y."""
    face = [dial_face(watch), *markings(watch), *complication(watch), *hands(watch)]
    if watch.complication == "diver":
        face += _diver_ring(watch)
    return s.group([*face, *case(watch), *strap(watch)])


def _diver_ring(watch: Watch) -> list[Any]:
    r = watch.radius
    ring = s.lathe(
        s.rounded([(r + 0.04, 0.275), (r + 0.22, 0.2), (r + 0.3, 0.14), (r + 0.3, 0.02)], 0.02),
        s.Material("#13202b", roughness=0.2, coat_weight=0.6),
    )
    pip = s.Material("#e9e3d6", roughness=0.4)
    marks = []
    for minute in range(0, 60, 5):
        x, y = _around(minute * 6, r + 0.14)
        marks.append(
            s.move(s.block((0.035, 0.1, 0.02), pip, 0.004), (x, y, 0.22), (0, 0, -minute * 6))
        )
    return [ring, *marks]


# --- movement ------------------------------------------------------------------------------------


def gear(radius: float, teeth: int, thickness: float, material: s.Material) -> Any:
    """Cut a wheel with teeth and five spokes."""
    rim = []
    for index in range(teeth * 4):
        angle = math.tau * index / (teeth * 4)
        reach = radius if index % 4 in {0, 1} else radius * 0.93
        rim.append((reach * math.cos(angle), reach * math.sin(angle)))
    count = len(rim)
    inner = [
        (
            0.76 * radius * math.cos(math.tau * i / count),
            0.76 * radius * math.sin(math.tau * i / count),
        )
        for i in range(count)
    ]
    points = [(x, y, z) for z in (0, thickness) for ring in (rim, inner) for x, y in ring]
    faces = []
    for i in range(count):
        n = (i + 1) % count
        faces += [
            (i, n, 2 * count + n, 2 * count + i),
            (count + n, count + i, 3 * count + i, 3 * count + n),
            (2 * count + i, 2 * count + n, 3 * count + n, 3 * count + i),
        ]
    parts = [s.shape(points, faces, material, smooth=False)]
    for spoke in range(5):
        bar = s.block((radius * 0.12, radius * 0.8, thickness), material, 0.005)
        angle = math.tau * spoke / 5
        parts.append(
            s.move(
                bar,
                (0.4 * radius * math.cos(angle), 0.4 * radius * math.sin(angle), 0),
                (0, 0, math.degrees(angle) - 90),
            )
        )
    parts.append(
        s.lathe(
            [(0, thickness * 1.6), (radius * 0.16, thickness * 1.5), (radius * 0.16, 0)], material
        )
    )
    return s.group(parts)


def jewel(at: Sequence[float], size: float = 0.11) -> list[Any]:
    """Set a ruby in a gold chaton."""
    ruby = s.Material("#b3123f", roughness=0.05, transmission_weight=0.5, coat_weight=1.0)
    stone = s.lathe(
        [(0, 0.012), (size * 0.3, 0.02), (size, 0.03), (size, -0.02)], ruby, segments=32
    )
    return [s.move(stone, at), s.move(s.torus(size * 1.15, 0.03, s.metal("#ecca8e", 0.1)), at)]


def screw(at: Sequence[float], turn: float, size: float = 0.085) -> Any:
    """Drive a screw of blued steel."""
    blue = s.metal("#22459c", 0.15)
    head = s.lathe(s.rounded([(0, 0.04), (size, 0.04), (size, 0)], 0.015), blue, segments=32)
    slot = s.move(
        s.block((size * 1.8, 0.02, 0.01), s.Material("#05070c", roughness=0.8), 0.001),
        (0, 0, 0.034),
    )
    return s.group([head, slot], at, (0, 0, turn))


def _sector(start: float, end: float, inner: float, outer: float) -> list[tuple[float, float]]:
    steps = [math.radians(start + (end - start) * i / 40) for i in range(41)]
    return [(outer * math.cos(a), outer * math.sin(a)) for a in steps] + [
        (inner * math.cos(a), inner * math.sin(a)) for a in reversed(steps)
    ]


def movement(radius: float = 1.55) -> Any:
    """Build the movement as it is seen through the back."""
    base = s.metal("#c9c4b8", 0.3).relief("dents", 9, 0.01)
    bridge = s.metal("#d9d5cb", 0.2).relief("stripes", 2.2, 0.006, (1, 0.35, 1))
    brass = s.metal("#dcb877", 0.22)
    parts = [s.lathe([(0, 0), (radius, 0), (radius, -0.2)], base)]
    for start, end, inner, outer in ((20, 168, 0.18, 1.5), (176, 262, 0.3, 1.5)):
        cut = [(x * radius / 1.55, y * radius / 1.55) for x, y in _sector(start, end, inner, outer)]
        parts.append(s.move(s.plate(cut, 0.16, bridge, 0.035), (0, 0, 0.06)))
    parts.append(s.move(gear(0.52, 60, 0.05, brass), (0.1, -0.2, 0.1)))
    parts.append(s.move(gear(0.34, 44, 0.05, brass), (0.2, 0.5, 0.23)))
    parts.append(s.move(gear(0.58, 72, 0.06, s.metal("#d9d5cb", 0.25)), (-0.55, 0.75, 0.23)))
    balance = [
        s.torus(0.5, 0.05, brass),
        s.move(s.block((0.95, 0.07, 0.04), brass, 0.01), (0, 0, -0.02)),
    ]
    spring = [
        ((0.06 + 0.018 * t) * math.cos(t), (0.06 + 0.018 * t) * math.sin(t), 0.07)
        for t in (0.3 * i for i in range(60))
    ]
    balance.append(s.wire(spring, 0.008, s.metal("#31509a", 0.2)))
    balance += [
        s.move(s.ball(0.045, brass, 2), (0.55 * math.cos(a), 0.55 * math.sin(a), 0))
        for a in (math.tau * i / 12 for i in range(12))
    ]
    parts.append(s.group(balance, (0.72, -0.72, 0.2), (0, 0, 24)))
    cock = [
        (0.55, -0.62),
        (0.85, -0.62),
        (1.02, -1.12),
        (1.22, -0.98),
        (1.06, -1.32),
        (0.76, -1.42),
    ]
    parts.append(
        s.move(s.plate(s.rounded([*cock, cock[0]], 0.12)[:-1], 0.1, bridge, 0.03), (0, 0, 0.32))
    )
    for x, y, z in (
        (0.72, -0.72, 0.45),
        (0.1, -0.2, 0.2),
        (0.2, 0.5, 0.33),
        (-0.9, 0.3, 0.24),
        (-0.75, -0.8, 0.24),
        (-0.3, -1.1, 0.24),
        (-0.55, 0.75, 0.35),
    ):
        parts += jewel((x, y, z), 0.085)
    for index, (x, y) in enumerate(
        ((1.2, 0.6), (-0.2, 1.32), (-1.3, 0.45), (-1.2, -0.45), (-0.25, -0.62), (0.6, 1.2))
    ):
        parts.append(screw((x, y, 0.22), 37 * index))
    return s.group(parts)


def movement_back(watch: Watch) -> Any:
    """Frame the movement in its case back."""
    r = watch.radius
    ring = s.lathe(
        s.rounded(
            [
                (r - 0.06, -0.1),
                (r - 0.05, 0.34),
                (r + 0.02, 0.42),
                (r + 0.28, 0.38),
                (r + 0.34, 0.2),
                (r + 0.3, -0.4),
            ],
            0.04,
        ),
        case_metal(watch, 0.16),
    )
    words = []
    text = f"{NAME}  ·  {watch.note}  ·  SWISS LEVER  ·  3 BAR  ·  NO. 07 / 50  ·  "
    for index, letter in enumerate(text.replace("SWISS LEVER", "CALIBRE H1")):
        angle = -360 * index / len(text.replace("SWISS LEVER", "CALIBRE H1"))
        x, y = _around(-angle, r + 0.15)
        words.append(
            s.move(
                s.lettering(letter, SANS, 0.115, s.Material("#3a3835", roughness=0.7), 0.002),
                (x, y, 0.405),
                (0, 0, angle),
            )
        )
    return s.group(
        [
            movement(r - 0.07),
            ring,
            *words,
            *[_lug(r, side, end, case_metal(watch, 0.28)) for side in (-1, 1) for end in (-1, 1)],
            *strap(watch),
        ]
    )


# --- sets ----------------------------------------------------------------------------------------


def night(power: float = 1.0) -> None:
    """Light a near-black set with two long strips and a faint glow from below the dial."""
    s.world("#38383c", "#0a0a0c", 0.6)
    s.softbox((-7, 4, 9), (2.4, 12), 1100 * power, s.NEUTRAL)
    s.softbox((8, 1, 6), (1.2, 10), 330 * power, "#fff2e2")
    s.softbox((-2, 13, 2.5), (9, 3), 620 * power, s.COOL)
    s.softbox((0, -5, 12), (8, 4), 420 * power, s.NEUTRAL)


def bone(power: float = 1.0) -> None:
    """Light a set of warm white."""
    s.world("#f3eee5", "#b5ab9d", 0.55 * power)
    s.softbox((-8, 5, 9), (4, 9), 1500 * power, "#fff6ec")
    s.softbox((7, -2, 5), (2, 8), 260 * power, s.WARM)


def ground(base: str, second: str) -> None:
    """Lay a stone ground far below the watch."""
    s.move(s.sheet(120, 120, s.plaster(base, second), cells=4), (0, 0, -4.6))


def front(watch: Watch, *, dark: bool = True) -> None:
    """Show a watch face on, floating above its ground."""
    if dark:
        night()
        ground("#121214", "#0c0c0d")
    else:
        bone()
        ground("#d8cfc1", "#cdc3b3")
    s.move(assemble(watch), turn=(0, 0, 0))
    s.camera((0.08, 0, 0), 18, 84, 0, lens=85, blur=0.1)


def leaning(watch: Watch, *, dark: bool = True, turn: float = 24.0) -> None:
    """Show a watch from the side of its crown."""
    if dark:
        night(1.1)
        ground("#121214", "#0c0c0d")
    else:
        bone()
        ground("#d8cfc1", "#cdc3b3")
    s.move(assemble(watch), turn=(0, 0, turn))
    s.camera((0.1, -0.1, -0.2), 17, 44, 10, lens=85, blur=0.16, focus=(0, -0.9, 0.15))


def close(watch: Watch, target: Sequence[float] = (0.25, -0.35, 0), *, dark: bool = True) -> None:
    """Show the dial very near."""
    night(1.15) if dark else bone()
    ground("#121214" if dark else "#d8cfc1", "#0c0c0d" if dark else "#cdc3b3")
    s.move(assemble(watch), turn=(0, 0, 14))
    s.camera(target, 10.5, 48, -14, lens=100, blur=0.16)


def behind(watch: Watch) -> None:
    """Show the movement through the back."""
    night(1.2)
    ground("#121214", "#0c0c0d")
    s.move(movement_back(watch), turn=(0, 0, -18))
    s.camera((0, -0.05, 0.2), 13.5, 62, 8, lens=85, blur=0.12, focus=(0, -0.5, 0.3))


def hero(watch: Watch, *, tall: bool) -> None:
    """Show the house's watch alone in the dark, with room for words."""
    night(1.0)
    ground("#0e0e10", "#09090a")
    s.move(assemble(watch), turn=(0, 0, 18))
    if tall:
        s.camera((0, 0.75, 0), 17.5, 52, 6, lens=85, blur=0.2, focus=(0, -0.9, 0.15))
    else:
        s.camera((-2.6, 0.2, -0.2), 25, 42, 8, lens=85, blur=0.2, focus=(0, -1.0, 0.15))


def straps(colours: Sequence[str], view: int) -> None:
    """Lay straps side by side."""
    bone()
    s.move(s.sheet(80, 80, s.plaster("#d8cfc1", "#cdc3b3"), cells=4))
    for index, tint in enumerate(colours):
        _flat_strap(tint, (index - (len(colours) - 1) / 2) * 2.9)
    if view == 0:
        s.camera((0, 0.3, 0.1), 34, 66, 12, blur=0.16)
    else:
        s.camera((0.3, -3.6, 0.1), 14, 32, 20, blur=0.2)


def _flat_strap(tint: str, x: float) -> Any:
    hide = s.leather(tint)
    thread = s.Material("#d9ccb2" if sum(s.colour(tint)[:3]) < 0.35 else "#6b5a45", roughness=0.8)
    outline = s.rounded(
        [(-1, 5.2), (1, 5.2), (0.88, -3.4), (0.5, -4.6), (-0.5, -4.6), (-0.88, -3.4), (-1, 5.2)],
        0.5,
    )
    parts = [s.plate(outline[:-1], 0.3, hide, 0.1)]
    stitch = s.ball(0.03, thread, 2)
    for side in (-1, 1):
        for index in range(34):
            y = 4.8 - 0.24 * index
            wide = 0.9 - 0.12 * (4.8 - y) / 8
            parts.append(
                s.move(s.repeat(stitch), (side * wide * 0.93, y, 0.3), size=(0.8, 2.8, 0.7))
            )  # type: ignore[arg-type]
    s.bpy.data.objects.remove(stitch)
    dark = s.Material("#120d0a", roughness=0.9)
    for index in range(6):
        parts.append(
            s.move(
                s.lathe([(0, 0.305), (0.1, 0.305)], dark, segments=24), (0, -0.4 - 0.55 * index, 0)
            )
        )
    return s.group(parts, (x, 0, 0))


def travel_case(view: int) -> None:
    """Show the walnut and leather case, a watch inside."""
    bone(0.95)
    s.move(s.sheet(80, 80, s.plaster("#cfc5b6", "#c3b8a7"), cells=4))
    walnut, felt = (
        s.wood("#6a452c", "#43291a", 0.35),
        s.Material("#24332e", roughness=1.0, sheen_weight=0.6),
    )
    wide, deep, tall, wall = 8.0, 8.0, 3.6, 0.4
    for x, y, w, d in (
        (0, deep / 2 - wall / 2, wide, wall),
        (0, -deep / 2 + wall / 2, wide, wall),
        (wide / 2 - wall / 2, 0, wall, deep),
        (-wide / 2 + wall / 2, 0, wall, deep),
    ):
        s.move(s.block((w, d, tall), walnut, 0.08), (x, y, 0))
    s.block((wide - 0.2, deep - 0.2, 0.8), felt, 0.1)
    lid = s.group(
        [
            s.block((wide, deep, 0.5), walnut, 0.1),
            s.move(s.block((wide - 1, deep - 1, 0.12), felt, 0.05), (0, 0, -0.1)),
        ]
    )
    s.move(lid, (0, deep / 2 + 1.55, tall + 3.4), (72, 0, 0))
    cushion = s.ball(1, s.leather("#3b2b20"), 5)
    s.move(cushion, (0, 0, 1.9), size=(1.5, 2.4, 1.5))  # type: ignore[arg-type]
    s.move(assemble(Watch()), (0, 0, 3.65), (8, 0, 0), 0.86)
    if view == 0:
        s.camera((0, 0.9, 2.6), 34, 34, 16, blur=0.25, focus=(0, -1, 3.6))
    else:
        s.camera((0, -0.3, 3.2), 20, 48, -20, blur=0.22, focus=(0, -0.6, 3.8))
