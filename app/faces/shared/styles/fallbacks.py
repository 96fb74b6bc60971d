"""Metric-matched fallbacks for the themes' fonts, as they stand in fallbacks.css.

    python app/faces/shared/styles/fallbacks.py >app/faces/shared/styles/fallbacks.css

Run it in the checkout after a font changed, in an environment with fonttools 4 and brotli 1, where
Debian's fonts-liberation is installed. A page set in the fallback takes the same room as one in the
font itself, so that nothing moves when that arrives: size-adjust makes an average letter as wide, the
overrides make a line as high. Liberation Sans and Serif have the widths of Arial and Times New Roman.
"""

from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

PACKAGES = Path("node_modules/@fontsource-variable")
LIBERATION = Path("/usr/share/fonts/truetype/liberation")
SANS = ("LiberationSans-Regular.ttf", ("Arial", "Liberation Sans", "Helvetica Neue", "Roboto"))
BOLD = ("LiberationSans-Bold.ttf", ("Arial Bold", "Liberation Sans Bold", "Arial"))
SERIF = ("LiberationSerif-Regular.ttf", ("Times New Roman", "Liberation Serif", "Times"))
FONTS = (
    ("Source Sans 3", "source-sans-3", 400, SANS),
    ("Fraunces", "fraunces", 480, SERIF),
    ("Nunito Sans", "nunito-sans", 400, SANS),
    ("Outfit", "outfit", 650, BOLD),
    ("Instrument Sans", "instrument-sans", 400, SANS),
    ("Playfair Display", "playfair-display", 420, SERIF),
    ("Inter", "inter", 400, SANS),
)
"""Family, package, the weight that a page uses most, and what it is measured against."""
FREQUENCIES = dict(
    zip(
        " etaoinshrdlcumwfgypbvk",
        (
            180,
            127,
            91,
            82,
            75,
            70,
            67,
            63,
            61,
            60,
            43,
            40,
            28,
            28,
            24,
            24,
            22,
            20,
            20,
            19,
            15,
            10,
            8,
        ),
        strict=True,
    )
)
"""How often a letter comes in a thousand of English prose, roughly."""
USE_TYPOGRAPHIC_METRICS = 1 << 7


def average_width(font: TTFont) -> float:
    """Return the width of an average letter, in em."""
    glyphs, widths = font.getBestCmap(), font["hmtx"]
    total = sum(widths[glyphs[ord(letter)]][0] * n for letter, n in FREQUENCIES.items())
    return total / sum(FREQUENCIES.values()) / font["head"].unitsPerEm


def line(font: TTFont) -> tuple[float, float, float]:
    """Return what a browser takes for ascent, descent and gap of a line, in em."""
    os2, hhea, em = font["OS/2"], font["hhea"], font["head"].unitsPerEm
    if os2.fsSelection & USE_TYPOGRAPHIC_METRICS:
        metrics = (os2.sTypoAscender, -os2.sTypoDescender, os2.sTypoLineGap)
    else:
        metrics = (hhea.ascent, -hhea.descent, hhea.lineGap)
    return metrics[0] / em, metrics[1] / em, metrics[2] / em


def fallback(name: str, package: str, weight: int, measure: tuple[str, tuple[str, ...]]) -> str:
    """Return the @font-face of a family's fallback."""
    font = TTFont(PACKAGES / package / "files" / f"{package}-latin-wght-normal.woff2")
    axes = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes}
    font = instantiateVariableFont(font, {**axes, "wght": weight})
    file, local_names = measure
    ratio = average_width(font) / average_width(TTFont(LIBERATION / file))
    up, down, gap = (value / ratio for value in line(font))
    sources = ", ".join(f'local("{local}")' for local in local_names)
    return (
        f'@font-face {{ font-family: "{name} fallback"; src: {sources}; size-adjust: {ratio:.2%}; '
        f"ascent-override: {up:.2%}; descent-override: {down:.2%}; line-gap-override: {gap:.2%}; }}"
    )


if __name__ == "__main__":
    print("/* Made by fallbacks.py; it says how. */")
    for facts in FONTS:
        print(fallback(*facts))
