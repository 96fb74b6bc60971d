"""The three shops' marks, drawn with Pillow: `python marks.py`. Transparent, to stand on any ground."""

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

SIZE, FINER = 640, 4
"""Pixels of a side, and how many times larger a mark is drawn before it is made smooth."""
CONTENT = Path(__file__).resolve().parent.parent
Draw = ImageDraw.ImageDraw


def _point(turn: float, reach: float, at: tuple[float, float] = (0.5, 0.5)) -> tuple[float, float]:
    """Return the point that far from `at`, at an angle in degrees, upwards at 0."""
    angle = math.radians(turn)
    return at[0] + reach * math.sin(angle), at[1] - reach * math.cos(angle)


def _line(
    draw: Draw, start: tuple[float, float], end: tuple[float, float], width: float, ink: str
) -> None:
    full = SIZE * FINER
    points = [(x * full, y * full) for x, y in (start, end)]
    draw.line(points, fill=ink, width=round(width * full))
    for point in (start, end):
        _dot(draw, point, width / 2, ink)


def _dot(draw: Draw, at: tuple[float, float], reach: float, ink: str) -> None:
    full = SIZE * FINER
    draw.ellipse([(at[0] - reach) * full, (at[1] - reach) * full,
                  (at[0] + reach) * full, (at[1] + reach) * full], fill=ink)  # fmt: skip


def umbel(draw: Draw) -> None:
    """An elder's umbel: a stalk that divides, and divides again, and carries something round."""
    ink, foot = "#9c4a38", (0.5, 0.62)
    _line(draw, (0.5, 0.96), foot, 0.035, ink)
    for turn in (-62, -31, 0, 31, 62):
        fork = _point(turn, 0.30, foot)
        _line(draw, foot, fork, 0.026, ink)
        for more in (-34, 0, 34):
            tip = _point(turn + more, 0.13, fork)
            _line(draw, fork, tip, 0.018, ink)
            _dot(draw, tip, 0.038, ink)


def box(draw: Draw) -> None:
    """A box from above, its paper tape a T."""
    full, ink, tape = SIZE * FINER, "#1d5c4a", "#fdf6ea"
    draw.rounded_rectangle([0.06 * full] * 2 + [0.94 * full] * 2, radius=0.2 * full, fill=ink)
    draw.rectangle([0.06 * full, 0.27 * full, 0.94 * full, 0.43 * full], fill=tape)
    draw.rectangle([0.42 * full, 0.27 * full, 0.58 * full, 0.94 * full], fill=tape)


def first_light(draw: Draw) -> None:
    """The rock above the lake, lit, while the water below is dark."""
    full, ink = SIZE * FINER, "#b08d57"
    draw.ellipse([0.04 * full] * 2 + [0.96 * full] * 2, outline=ink, width=round(0.03 * full))
    rock = [(0.20, 0.64), (0.44, 0.26), (0.56, 0.43), (0.63, 0.35), (0.82, 0.64)]
    draw.polygon([(x * full, y * full) for x, y in rock], fill=ink)
    for height, reach in ((0.725, 0.26), (0.80, 0.16)):
        _line(draw, (0.5 - reach, height), (0.5 + reach, height), 0.024, ink)


MARKS: dict[str, Callable[[Draw], None]] = {
    "holunder-erz": umbel, "tournemois": box, "halvenau": first_light,
}  # fmt: skip


def main() -> None:
    """Draw each mark into its shop's pictures."""
    for slug, draw in MARKS.items():
        large = Image.new("RGBA", (SIZE * FINER, SIZE * FINER))
        draw(ImageDraw.Draw(large))
        small = large.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        small.save(CONTENT / slug / "pictures" / "mark.webp", "WEBP", lossless=True)


if __name__ == "__main__":
    main()
