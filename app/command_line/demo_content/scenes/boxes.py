"""Pictures of the box merchant: open boxes, and the jars, bottles and tins that come in them."""

import math
import random
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import studio as s
from PIL import Image, ImageDraw, ImageFont

BOLD = "/usr/share/fonts/truetype/quicksand/Quicksand-Bold.ttf"
PLAIN = "/usr/share/fonts/truetype/quicksand/Quicksand-Medium.ttf"
PRINTS = Path(tempfile.mkdtemp(prefix="labels-"))
CORAL, SAGE, BUTTER, SKY, PLUM, CREAM, INK = (
    "#ef7b5f",
    "#a9bf9a",
    "#f4cf75",
    "#a8cbd8",
    "#7c4a63",
    "#fbf4e8",
    "#2f2a28",
)


# --- print ---------------------------------------------------------------------------------------


def label(
    title: str, under: str, base: str, accent: str, size: tuple[int, int] = (900, 500)
) -> str:
    """Print a label: a band, the product's name, where it comes from."""
    image = Image.new("RGB", size, base)
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.rectangle((0, 0, width, height * 0.1), fill=accent)
    draw.rectangle((0, height * 0.9, width, height), fill=accent)
    ink = INK if sum(s.colour(base)[:3]) > 0.6 else CREAM
    lines = title.split("\n")
    type_size = min(int(height * 0.21), int(width * 0.15))
    while ImageFont.truetype(BOLD, type_size).getlength(max(lines, key=len)) > width * 0.45:
        type_size -= 4
    top = height * 0.46 - type_size * 0.55 * (len(lines) - 1)
    for index, line in enumerate(lines):
        draw.text(
            (width / 2, top + index * type_size * 1.1),
            line,
            ink,
            ImageFont.truetype(BOLD, type_size),
            "mm",
        )
    draw.text(
        (width / 2, height * 0.77),
        under,
        ink,
        ImageFont.truetype(PLAIN, int(type_size * 0.42)),
        "mm",
    )
    path = PRINTS / f"{abs(hash((title, under, base, accent, size)))}.png"
    image.save(path)
    return str(path)


def wrap(path: str, radius: float, low: float, high: float, turn: float = 1.0) -> Any:
    """Stick a printed label around a round body; turn is the share of the circumference."""
    steps, points, faces, uvs = 72, [], [], []
    for index in range(steps + 1):
        angle = math.tau * turn * (index / steps - 0.5) - math.pi / 2
        for z in (low, high):
            points.append((radius * math.cos(angle), radius * math.sin(angle), z))
    for index in range(steps):
        faces.append((2 * index, 2 * index + 2, 2 * index + 3, 2 * index + 1))
        a, b = index / steps, (index + 1) / steps
        uvs += [(a, 0), (b, 0), (b, 1), (a, 1)]
    return _printed(points, faces, uvs, path)


def _printed(
    points: Sequence[Sequence[float]],
    faces: Sequence[Sequence[int]],
    uvs: Sequence[tuple[float, float]],
    path: str,
) -> Any:
    thing = s.shape(points, faces, s.Material("#ffffff", roughness=0.6).picture(path))
    layer = thing.data.uv_layers.new()
    for corner, uv in zip(layer.data, uvs, strict=True):
        corner.uv = uv
    return thing


def panel(path: str, width: float, height: float) -> Any:
    """Print a flat rectangle that stands upright and faces the camera."""
    points = [
        (-width / 2, 0, 0),
        (width / 2, 0, 0),
        (width / 2, 0, height),
        (-width / 2, 0, height),
    ]
    return _printed(points, [(0, 1, 2, 3)], [(0, 0), (1, 0), (1, 1), (0, 1)], path)


# --- goods ---------------------------------------------------------------------------------------


def jar(
    title: str,
    under: str,
    content: str,
    lid: str = "#d9b36a",
    base: str = CREAM,
    accent: str = CORAL,
) -> Any:
    """Fill a jam jar, about nine centimetres tall."""
    r, h = 3.2, 7.2
    outer = s.rounded([(0, 0), (r, 0), (r, h), (r * 0.84, h + 0.7), (r * 0.84, h + 1.4)], 0.5)
    body = s.lathe(outer, s.glass("#ffffff", 1.3))
    fill = s.Material(content, roughness=0.18, subsurface_weight=0.6, coat_weight=0.5)
    fill.shader.inputs["Subsurface Radius"].default_value = (0.8, 0.4, 0.2)
    fill.tint(_darker(content), 0.5)
    inside = s.lathe(
        s.rounded([(0, 0.12), (r - 0.14, 0.12), (r - 0.14, h - 0.2), (0, h - 0.2)], 0.4), fill
    )
    cap = s.lathe(
        s.rounded(
            [(0, h + 1.75), (r * 0.9, h + 1.75), (r * 0.92, h + 0.75), (r * 0.9, h + 0.72)], 0.14
        ),
        s.metal(lid, 0.3),
        segments=160,
    )
    return s.group(
        [body, inside, cap, wrap(label(title, under, base, accent), r + 0.02, 1.3, 5.3, 0.62)]
    )


def _darker(value: str) -> str:
    return "#" + "".join(f"{int(int(value[i : i + 2], 16) * 0.84):02x}" for i in (1, 3, 5))


def bottle(
    title: str,
    under: str,
    content: str,
    *,
    tall: float = 17.0,
    radius: float = 2.5,
    base: str = CREAM,
    accent: str = SAGE,
) -> Any:
    """Fill a tall bottle with a cork."""
    r, h = radius, tall * 0.62
    neck = r * 0.36
    profile = s.rounded(
        [
            (0, 0),
            (r, 0),
            (r, h),
            (neck, h + r * 1.3),
            (neck, tall),
            (neck * 1.2, tall),
            (neck * 1.2, tall + 0.5),
            (neck * 0.8, tall + 0.5),
        ],
        r * 0.5,
        8,
    )
    body = s.lathe(profile, s.glass("#f4f6ea", 1.2))
    oil = s.lathe(
        s.rounded(
            [
                (0, 0.3),
                (r - 0.2, 0.3),
                (r - 0.2, h),
                (neck * 0.7, h + r * 1.2),
                (neck * 0.7, tall * 0.86),
                (0, tall * 0.86),
            ],
            r * 0.45,
            8,
        ),
        s.Material(content, roughness=0.1, transmission_weight=0.45, subsurface_weight=0.4),
    )
    cork = s.move(
        s.lathe(
            s.rounded([(0, 0), (neck * 0.95, 0), (neck * 0.95, 1.3), (0, 1.3)], 0.12),
            s.Material("#c69a6b", roughness=0.9).relief("noise", 6, 0.05),
        ),
        (0, 0, tall + 0.3),
    )
    return s.group(
        [
            body,
            oil,
            cork,
            wrap(label(title, under, base, accent, (900, 700)), r + 0.02, h * 0.22, h * 0.82, 0.62),
        ]
    )


def dropper(title: str, under: str) -> Any:
    """Fill a small amber bottle with a dropper."""
    r, h = 1.6, 4.6
    body = s.lathe(
        s.rounded([(0, 0), (r, 0), (r, h), (r * 0.45, h + 0.8), (r * 0.45, h + 1.2)], 0.4),
        s.glass("#d9a05c", 1.25),
    )
    oil = s.lathe(
        s.rounded([(0, 0.2), (r - 0.16, 0.2), (r - 0.16, h * 0.85), (0, h * 0.85)], 0.3),
        s.Material("#c07a2c", roughness=0.1, transmission_weight=0.4),
    )
    cap = s.lathe(
        s.rounded(
            [
                (r * 0.6, h + 0.9),
                (r * 0.62, h + 2.1),
                (r * 0.4, h + 2.2),
                (r * 0.36, h + 3.6),
                (0, h + 4.1),
            ],
            0.2,
        ),
        s.Material("#26221f", roughness=0.5),
    )
    return s.group(
        [
            body,
            oil,
            cap,
            wrap(label(title, under, CREAM, PLUM, (900, 760)), r + 0.02, 0.7, 3.6, 0.66),
        ]
    )


def tin(
    title: str, under: str, base: str, accent: str, *, radius: float = 3.4, tall: float = 4.2
) -> Any:
    """Close a round tin of tea or biscuits."""
    paint = s.Material(base, roughness=0.35, metallic=0.15, coat_weight=0.3)
    body = s.lathe(s.rounded([(0, 0), (radius, 0), (radius, tall), (0, tall)], 0.12), paint)
    lid = s.lathe(
        s.rounded(
            [
                (radius + 0.05, tall * 0.74),
                (radius + 0.06, tall + 0.06),
                (radius - 0.2, tall + 0.16),
                (0, tall + 0.12),
            ],
            0.08,
        ),
        s.Material(accent, roughness=0.35, coat_weight=0.3),
    )
    return s.group(
        [
            body,
            lid,
            wrap(
                label(title, under, base, accent, (1200, 360)), radius + 0.02, 0.35, tall * 0.7, 0.6
            ),
        ]
    )


def flat_tin(title: str, under: str, base: str, accent: str) -> Any:
    """Seal an oblong tin of fish, standing on its long edge or lying."""
    wide, deep, tall = 10.4, 6.0, 2.2
    corner = s.rounded(
        [
            (0, -deep / 2),
            (wide / 2, -deep / 2),
            (wide / 2, deep / 2),
            (-wide / 2, deep / 2),
            (-wide / 2, -deep / 2),
            (0, -deep / 2),
        ],
        1.4,
        10,
    )[:-1]
    body = s.plate(corner, tall, s.steel(0.3), 0.12)
    printed = s.move(
        panel(label(title, under, base, accent, (1000, 560)), wide - 1.4, deep - 1.0),
        (0, -deep / 2 + 0.5, tall + 0.02),
        (-90, 0, 0),
    )
    pull = s.move(s.torus(0.7, 0.09, s.steel(0.2)), (3.6, 0.6, tall + 0.12), (6, 0, 0))
    return s.group([body, printed, pull])


def soap(tint: str, wrapperless: bool = False, title: str = "Oat &\nlavender") -> Any:
    """Cut a bar of soap and band it with paper."""
    bar = (
        s.Material(tint, roughness=0.45, subsurface_weight=0.4)
        .tint(_darker(tint), 1.2, low=0.1)
        .relief("noise", 6, 0.01)
    )
    parts = [s.block((7.2, 4.6, 2.6), bar, 0.35)]
    if not wrapperless:
        parts.append(s.block((3.6, 4.72, 2.72), s.Material(CREAM, roughness=0.8), 0.36))
        parts.append(
            s.move(
                panel(label(title, "125 g", CREAM, SAGE, (560, 420)), 3.3, 3.6),
                (0, -1.75, 2.74),
                (-90, 0, 0),
            )
        )
    return s.group(parts)


def pouch(title: str, under: str, base: str, accent: str, tall: float = 15.0) -> Any:
    """Stand a paper pouch, folded at the top."""
    half, points, faces = 4.4, [], []
    rows, columns = 24, 32
    for row in range(rows + 1):
        t = row / rows
        depth = 2.5 * (1 - t**1.7) + 0.12
        for column in range(columns):
            angle = math.tau * column / columns
            x = (
                half
                * abs(math.cos(angle)) ** 0.55
                * math.copysign(1, math.cos(angle))
                * (1 - 0.02 * t)
            )
            y = depth * math.sin(angle) + 0.1 * math.sin(5 * t * 3 + x)
            points.append((x, y, t * tall))
    for row in range(rows):
        for column in range(columns):
            a, b = row * columns + column, row * columns + (column + 1) % columns
            faces.append((a, b, b + columns, a + columns))
    paper = s.Material(base, roughness=0.75).relief("noise", 1.1, 0.12).relief("noise", 12, 0.01)
    body = s.shape(points, faces, paper)
    clip = s.move(
        s.block((9.0, 0.6, 1.6), s.Material(accent, roughness=0.6), 0.12), (0, 0, tall - 0.9)
    )
    face = s.move(
        panel(label(title, under, CREAM, accent, (640, 640)), 5.4, 5.4),
        (0, -2.85, 3.3),
        (-8.5, 0, 0),
    )
    return s.group([body, clip, face])


def carton(
    title: str, under: str, base: str, accent: str, size: Sequence[float] = (6.5, 6.5, 10)
) -> Any:
    """Fold a small carton and print its front."""
    body = s.block(size, s.Material(base, roughness=0.65), 0.12)
    face = s.move(
        panel(
            label(title, under, base, accent, (600, int(600 * size[2] / size[0]))),
            size[0] - 0.3,
            size[2] - 0.3,
        ),
        (0, -size[1] / 2 - 0.01, 0.15),
    )
    return s.group([body, face])


def candle(tint: str = "#f3ead9", title: str = "Fig leaf") -> Any:
    """Pour a candle in a glass."""
    glass = s.lathe(
        s.rounded([(0, 0), (3.3, 0), (3.4, 8), (3.2, 8), (3.1, 0.4), (0, 0.4)], 0.25),
        s.glass("#ffffff", 1.3),
    )
    wax = s.lathe(
        s.rounded([(0, 0.5), (3.05, 0.5), (3.1, 6.4), (0, 6.3)], 0.2),
        s.Material(tint, roughness=0.4, subsurface_weight=0.7),
    )
    wick = s.wire(
        [(0, 0, 6.2), (0, 0, 6.6), (0.05, 0, 6.9), (0.1, 0, 7.1)],
        0.07,
        s.Material("#3a332c", roughness=0.9),
    )
    return s.group(
        [glass, wax, wick, wrap(label(title, "180 g", CREAM, BUTTER), 3.42, 1.6, 5.0, 0.5)]
    )


def fruit(kind: str) -> Any:
    """Grow an apricot, lemon, pear, fig or egg-sized apple."""
    tints = {
        "apricot": ("#f3a24f", "#e8744a"),
        "lemon": ("#f3d34a", "#ecc23a"),
        "pear": ("#c9c46a", "#a9a84e"),
        "fig": ("#5d3a57", "#3f2742"),
        "apple": ("#c8473e", "#dba24e"),
    }
    base, second = tints[kind]
    skin = (
        s.Material(base, roughness=0.38, subsurface_weight=0.25, coat_weight=0.15)
        .tint(second, 0.5)
        .relief("noise", 9 if kind == "lemon" else 14, 0.03 if kind == "lemon" else 0.006)
    )
    shapes: dict[str, list[tuple[float, float]]] = {
        "apricot": [
            (0, 0.1),
            (1.4, 0.2),
            (2.2, 1.4),
            (2.1, 2.8),
            (1.1, 3.8),
            (0.25, 3.7),
            (0, 3.4),
        ],
        "lemon": [
            (0, 0),
            (0.7, 0.15),
            (1.9, 1.3),
            (2.2, 2.8),
            (1.9, 4.2),
            (0.8, 5.3),
            (0.5, 5.9),
            (0, 6.0),
        ],
        "pear": [
            (0, 0.2),
            (1.6, 0.1),
            (2.9, 1.6),
            (2.8, 3.4),
            (1.7, 5.0),
            (1.2, 6.4),
            (0.6, 7.2),
            (0, 7.1),
        ],
        "fig": [(0, 0.1), (1.2, 0.1), (2.1, 1.2), (1.9, 2.5), (0.9, 3.8), (0.4, 4.7), (0, 4.8)],
        "apple": [(0, 0.4), (1.4, 0.1), (3.1, 1.5), (3.3, 3.4), (2.2, 4.9), (0.8, 5.0), (0, 4.3)],
    }
    parts = [
        s.lathe(
            s.rounded(shapes[kind], 1.6, 8),
            skin,
            segments=64,
            wobble=lambda a: 1 + 0.02 * math.sin(3 * a),
        )
    ]
    if kind in {"pear", "apple"}:
        top = shapes[kind][-1][1]
        parts.append(
            s.wire(
                [
                    (0, 0, top - 0.2),
                    (0.05, 0, top + 0.5),
                    (0.2, 0, top + 1.0),
                    (0.45, 0, top + 1.4),
                ],
                0.11,
                s.Material("#5b4129", roughness=0.8),
            )
        )
    return s.group(parts)


def cork_block() -> Any:
    """Press a cork yoga block."""
    return s.block(
        (15, 10, 7),
        s.Material("#c39a6c", roughness=0.9)
        .tint("#8f6a44", 2.6, low=0.4)
        .relief("noise", 3.5, 0.06),
        0.5,
    )


def rolled_mat(tint: str = "#8fa58a") -> Any:
    """Roll up an exercise mat."""
    points = []
    for index in range(200):
        angle = index * 0.16
        points.append(
            ((1.0 + 0.115 * angle) * math.cos(angle), (1.0 + 0.115 * angle) * math.sin(angle))
        )
    inner = [
        (x * (1 - 0.42 / max(math.hypot(x, y), 1)), y * (1 - 0.42 / max(math.hypot(x, y), 1)))
        for x, y in reversed(points)
    ]
    roll = s.plate(points + inner, 26, s.Material(tint, roughness=0.85).relief("noise", 12, 0.02))
    s.move(roll, (0, 0, 0), (0, 90, 0))
    return s.group([roll])


def band_roll(tint: str) -> Any:
    """Coil a rubber band for exercise."""
    return s.lathe(
        s.rounded([(1.4, 0), (2.6, 0), (2.6, 4), (1.4, 4)], 0.2),
        s.Material(tint, roughness=0.5).relief("stripes", 1.2, 0.02, (0, 0, 0)),
    )


# --- the box -------------------------------------------------------------------------------------


def shred(
    width: float, depth: float, level: float, tint: str, count: int = 420, seed: int = 2
) -> Any:
    """Fill the bottom with crinkle-cut paper."""
    random.seed(seed)
    paper = s.Material(tint, roughness=0.85)
    strips = []
    for index in range(6):
        points, faces = [], []
        for step in range(13):
            zig = 0.22 * (1 if step % 2 else -1)
            bend = 0.6 * math.sin(step * 0.35 + index)
            points += [(step * 0.42 - 2.6, bend - 0.14, zig), (step * 0.42 - 2.6, bend + 0.14, zig)]
        faces = [(2 * i, 2 * i + 2, 2 * i + 3, 2 * i + 1) for i in range(12)]
        strips.append(s.shape(points, faces, paper, smooth=False))
    parts = []
    for index in range(count):
        item = s.repeat(strips[index % 6])
        where = (
            random.uniform(-width / 2 + 1.4, width / 2 - 1.4),
            random.uniform(-depth / 2 + 1.4, depth / 2 - 1.4),
            level + random.uniform(-0.5, 0.6),
        )
        parts.append(
            s.move(
                item,
                where,
                (random.uniform(-50, 50), random.uniform(-30, 30), random.uniform(0, 360)),
                random.uniform(0.7, 1.1),
            )
        )
    for strip in strips:
        s.bpy.data.objects.remove(strip)
    return s.group(parts)


def box(
    width: float = 34,
    depth: float = 25,
    tall: float = 8.6,
    *,
    inside: str = CORAL,
    opened: bool = True,
    lining: str = CREAM,
) -> Any:
    """Fold a shipping box of brown board, printed inside, its lid standing open behind it."""
    board = (
        s.Material("#c79a68", roughness=0.85)
        .tint("#c29464", 0.4)
        .relief("noise", 8, 0.015)
        .relief("stripes", 1.0, 0.012)
    )
    printed = s.Material(inside, roughness=0.7)
    parts = []
    for x, y, w, d in (
        (0, depth / 2, width, 0.45),
        (0, -depth / 2, width, 0.45),
        (width / 2, 0, 0.45, depth),
        (-width / 2, 0, 0.45, depth),
    ):
        parts.append(s.move(s.block((w, d, tall), board, 0.12), (x, y, 0)))
        parts.append(
            s.move(
                s.block(
                    (w - (0.6 if w > 1 else 0.36), d - (0.6 if d > 1 else 0.36), tall - 0.05),
                    printed,
                    0.02,
                ),
                (x - math.copysign(0.24, x) * (x != 0), y - math.copysign(0.24, y) * (y != 0), 0),
            )
        )
    parts.append(s.block((width, depth, 0.4), board, 0.1))
    lid = [
        s.block((width, depth, 0.4), board, 0.12),
        s.move(
            s.block((width - 0.5, depth - 0.5, 0.06), printed, 0.01),
            (0, 0, 0.38 if opened else -0.05),
        ),
    ]
    name = s.move(
        s.lettering(
            "tournemois", BOLD, 4.2, s.Material(lining if opened else INK, roughness=0.7), 0.01
        ),
        (0, 0, 0.46 if opened else 0.42),
    )
    cover = s.group([*lid, name])
    if opened:
        hinge = s.group([s.move(cover, (0, depth / 2, 0))], (0, depth / 2, tall), (112 - 180, 0, 0))
        hinge.rotation_euler[0] = math.radians(68)
        parts.append(hinge)
        for side in (-1, 1):
            flap = s.block((5, depth - 3, 0.35), board, 0.1)
            parts.append(s.move(flap, (side * (width / 2 + 2.0), 0, tall - 1.4), (0, side * 34, 0)))
    else:
        parts.append(s.move(cover, (0, 0, tall)))
        tape = s.move(
            s.block((width + 0.1, 4, 0.05), s.Material(inside, roughness=0.5), 0.01),
            (0, -7.6, tall + 0.4),
        )
        parts.append(tape)
    return s.group(parts)


# --- sets ----------------------------------------------------------------------------------------


def day(base: str, second: str | None = None) -> None:
    """Light a bright set with a low sun through a window, over a coloured ground that curves upwards."""
    s.world("#ffffff", "#e2dbd0", 0.95)
    s.sun(42, 48, 3.4, "#fff0dc", 7)
    s.softbox((-40, 10, 50), (40, 40), 14000, "#fff6ea")
    wall = s.Material(base, roughness=0.9).tint(second or base, 0.05)
    profile = s.rounded([(-200, 0), (60, 0), (60, 120)], 36, 16)
    points = [(x, y, z) for y, z in profile for x in (-260, 260)]
    s.shape(
        points, [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)], wall
    )


GOODS: dict[str, Callable[[], Any]] = {
    "jam": lambda: jar("Apricot", "Drôme · 220 g", "#e8892e"),
    "honey": lambda: jar("Chestnut\nhoney", "Ardèche · 250 g", "#8a4f1c", "#e8dfc9", CREAM, BUTTER),
    "tapenade": lambda: jar("Tapenade", "Nyons · 180 g", "#3a3328", "#2f2a28", CREAM, SAGE),
    "oil": lambda: bottle("Olive oil", "Les Baux · 50 cl", "#b9b54c"),
    "cider": lambda: bottle(
        "Pear cider", "Domfront · 33 cl", "#e6d08a", tall=15, radius=2.6, accent=BUTTER
    ),
    "tea": lambda: tin("Verbena", "Velay · 40 g", SAGE, "#6f8a66"),
    "biscuits": lambda: tin(
        "Butter biscuits", "Finistère · 200 g", BUTTER, "#d9a93f", radius=4.2, tall=5.4
    ),
    "sardines": lambda: flat_tin("Sardines", "Quiberon · 115 g", SKY, "#4f8194"),
    "soap": lambda: soap("#e8d9bf"),
    "granola": lambda: pouch("Granola", "400 g", "#d8b58a", CORAL),
    "coffee": lambda: pouch("Coffee", "250 g", "#3d312b", BUTTER, 14),
    "crackers": lambda: carton("Seed\ncrackers", "120 g", CREAM, CORAL, (7, 4.5, 11)),
    "chocolate": lambda: carton("Cocoa 74", "Chambéry · 70 g", PLUM, CORAL, (8, 1.1, 14)),
    "flour": lambda: pouch("Wheat\nflour", "1 kg", "#e9dfce", SKY, 16),
    "face oil": lambda: dropper("Plum oil", "30 ml"),
    "salt": lambda: carton("Bath salt", "Guérande · 300 g", SKY, "#4f8194", (7, 5, 9)),
    "candle": candle,
    "cork": cork_block,
    "mat": rolled_mat,
    "bands": lambda: band_roll(CORAL),
}


def put(
    name: str, at: Sequence[float], turn: float = 0.0, lean: float = 0.0, size: float = 1.0
) -> Any:
    """Put a product or a fruit somewhere."""
    thing = GOODS[name]() if name in GOODS else fruit(name)
    return s.group([thing], at, (lean, 0, turn), size)


def spread(
    goods: Sequence[tuple[str, float, float]],
    inside: str,
    ground: str,
    view: int,
    *,
    width: float = 34.0,
) -> None:
    """Show an open box with its goods standing in it: the whole, or nearer."""
    day(ground)
    s.group([box(width, inside=inside)], turn=(0, 0, 0))
    shred(width, 25, 4.0, "#f6efe2")
    for index, (name, x, y) in enumerate(goods):
        put(name, (x, y, 3.2), (index * 37 % 24) - 12)
    if view == 0:
        s.camera((0, 1, 9), 128, 30, 14, lens=85, blur=0.9, focus=(0, -9, 8))
    else:
        s.camera((-1, -2, 8), 74, 40, -18, lens=85, blur=0.9, focus=(0, -6, 8))


def single(
    name: str,
    ground: str,
    view: int,
    beside: Sequence[tuple[str, float, float]] = (),
    *,
    tall: float = 10.0,
) -> None:
    """Show one product with what it was made from."""
    day(ground)
    put(name, (0, 0, 0), 6)
    for index, (other, x, y) in enumerate(beside):
        put(other, (x, y, 0), index * 63, 0 if other != "lemon" else 72)
    if view == 0:
        s.camera(
            (0, 0, tall * 0.48),
            tall * 4.9,
            36 if tall < 8 else 15,
            8,
            lens=85,
            blur=0.6,
            focus=(0, -2.5, tall * 0.5),
        )
    else:
        s.camera(
            (0.3, 0, tall * 0.5),
            tall * 4.2,
            34,
            -22,
            lens=85,
            blur=0.55,
            focus=(0, -2, tall * 0.55),
        )


def gift(ground: str, inside: str, view: int, stack: int = 1) -> None:
    """Show closed boxes, tied with a cotton ribbon."""
    day(ground)
    cotton = s.Material(inside, roughness=0.85).relief("stripes", 6, 0.02)
    for index in range(stack):
        width, depth, tall = 34 - 5 * index, 25 - 4 * index, 11 - 1.5 * index
        floor = sum(11.5 - 1.5 * below for below in range(index))
        parts = [box(width, depth, tall, inside="#c79a68", opened=False)]
        for x, y in ((width + 0.3, 2.2), (2.2, depth + 0.3)):
            parts.append(
                s.move(
                    s.block((x, y, tall + 0.52), cotton, 0.05), (width * 0.24 if x < 3 else 0, 0, 0)
                )
            )
        s.group(parts, (0, 0, floor), (0, 0, 9 * index - 6))
    top = sum(11.5 - 1.5 * below for below in range(stack))
    _bow((34 - 5 * (stack - 1)) * 0.24, top, cotton)
    if view == 0:
        s.camera((0, 0, top * 0.45), 118, 24, 20, lens=85, blur=0.8, focus=(0, -10, top * 0.7))
    else:
        s.camera((5, 0, top), 62, 34, 30, lens=85, blur=0.8, focus=(8, -3, top + 1))


def _bow(x: float, z: float, cotton: s.Material) -> None:
    for side in (-1, 1):
        points = [
            (x, 0, z + 0.4),
            (x + side * 3, 1, z + 2.4),
            (x + side * 6, 0.4, z + 2.8),
            (x + side * 5.4, -1.6, z + 0.8),
            (x, 0, z + 0.5),
        ]
        loop = s.wire(points, 0.16, cotton)
        loop.data.extrude = 0.9
        tail = s.wire(
            [
                (x, 0, z + 0.5),
                (x + side * 1.5, -2.4, z + 0.7),
                (x + side * 2.4, -5, z + 0.5),
                (x + side * 3.4, -7, z + 0.4),
            ],
            0.1,
            cotton,
        )
        tail.data.extrude = 0.9
    s.move(s.ball(1.0, cotton, 4), (x, 0, z + 0.9), size=(1.1, 0.9, 0.8))  # type: ignore[arg-type]


DISCOVERY = [
    ("oil", -11, 6),
    ("granola", 9, 6),
    ("jam", -3.5, 5),
    ("honey", -9, -4.5),
    ("tea", 1.5, -3),
    ("sardines", 9.5, -6),
    ("apricot", -2.5, -8.5),
]
APERITIF = [
    ("cider", -11, 6),
    ("crackers", 0, 7),
    ("oil", 10, 6.5),
    ("tapenade", -8, -4),
    ("sardines", 4, -6.5),
    ("lemon", 12, -1),
]
MORNING = [
    ("granola", -9, 6),
    ("coffee", 3, 6.5),
    ("jam", 11.5, 4),
    ("honey", -4, -5),
    ("pear", 4, -4),
    ("apple", 11, -6),
]
BATH = [("salt", -10, 6), ("candle", 0, 4), ("face oil", 9, 6), ("soap", -8, -5), ("tea", 6, -4.5)]
BAKING = [
    ("flour", -9, 6),
    ("chocolate", 3, 7),
    ("honey", 11, 4),
    ("biscuits", -3, -4),
    ("apple", 7, -5),
    ("pear", -11, -5),
]
MOVING = [("cork", -7, 3), ("bands", 9, 5), ("tea", 9, -5), ("face oil", 1.5, -6)]
NEWBORN = [
    ("soap", -9, -5),
    ("candle", -9, 5),
    ("biscuits", 3, 4),
    ("granola", 11, 6),
    ("face oil", 2, -6.5),
    ("tea", 10, -4),
]
BIRTHDAY = [
    ("biscuits", -9, 4),
    ("cider", 2, 6),
    ("chocolate", 10, 7),
    ("candle", 4, -4),
    ("fig", -5, -7),
    ("fig", -9.5, -7.5),
    ("jam", 11.5, -3),
]


def hero(*, tall: bool) -> None:
    """Show the box of the month, open, with fruit that has rolled out."""
    day("#f3b79c", "#f1b093")
    box(inside=CORAL)
    shred(34, 25, 4.0, "#f4ead8")
    for index, (name, x, y) in enumerate(DISCOVERY):
        put(name, (x, y, 3.2), (index * 37 % 24) - 12)
    for name, x, y in (
        ("apricot", -24, -9),
        ("apricot", -20, -14),
        ("lemon", 24, -10),
        ("fig", 20, -15),
    ):
        put(name, (x, y, 0), x * 7, 72 if name == "lemon" else 0)
    if tall:
        s.camera((0, 0, 13), 175, 30, 10, lens=85, blur=1.0, focus=(0, -9, 8))
    else:
        s.camera((-10, 0, 11), 190, 24, 12, lens=85, blur=1.0, focus=(0, -9, 8))


def pantry() -> None:
    """Show what keeps in a cupboard."""
    day("#f5e0bd")
    row = (
        ("oil", -14, 3),
        ("honey", -6.5, 1),
        ("jam", 1.5, -1),
        ("granola", 10.5, 3),
        ("sardines", 12, -8),
        ("apricot", -8, -8),
        ("apricot", 5, -9),
    )
    for index, (name, x, y) in enumerate(row):
        put(name, (x, y, 0), (index * 37 % 24) - 12)
    s.camera((0.5, 0, 6.5), 92, 16, 6, lens=85, blur=0.7, focus=(0, -3, 6))


def care() -> None:
    """Show what belongs beside a bath."""
    day("#dbe6e2")
    row = (
        ("salt", -11, 3),
        ("soap", -3.5, -3),
        ("candle", 3.5, 3),
        ("face oil", 9.5, -2),
        ("fig", 14, 3),
    )
    for index, (name, x, y) in enumerate(row):
        put(name, (x, y, 0), (index * 37 % 24) - 12)
    s.camera((0.5, 0, 4), 74, 18, -6, lens=85, blur=0.7, focus=(0, -3, 4))
