"""Render the demo shops' pictures: `python render.py [--preview] [--to FOLDER] [pattern ...]`.

A pattern is a shell pattern over "shop/name", such as "holunder-erz/elder-ring-*". Pictures that exist
already are left alone unless a pattern names them. See README.md beside this file.
"""

import argparse
import fnmatch
import tempfile
import time
from pathlib import Path

import studio
from pictures import PICTURES, Picture
from PIL import Image

CONTENT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Render what was asked for."""
    arguments = _arguments()
    for address, picture in PICTURES.items():
        shop, name = address.split("/")
        target = arguments.to / shop / "pictures" / f"{name}.webp"
        if arguments.patterns:
            wanted = any(fnmatch.fnmatch(address, pattern) for pattern in arguments.patterns)
        else:
            wanted = not target.exists()
        if wanted:
            started = time.monotonic()
            _render(picture, target, preview=arguments.preview)
            print(
                f"{address} {time.monotonic() - started:.0f} s {target.stat().st_size // 1024} KB",
                flush=True,
            )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Render the demo shops' pictures.")
    parser.add_argument("patterns", nargs="*")
    parser.add_argument("--preview", action="store_true", help="a quarter of the size, few samples")
    parser.add_argument("--to", type=Path, default=CONTENT)
    return parser.parse_args()


def _render(picture: Picture, target: Path, *, preview: bool) -> None:
    studio.reset()
    picture.build()
    scale = 0.25 if preview else picture.detail
    width, height = round(picture.width * scale), round(picture.height * scale)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        film = f"{folder}/film.png"
        studio.expose(
            film,
            width,
            height,
            samples=10 if preview else picture.samples,
            exposure=picture.exposure,
            look=picture.look,
        )
        image = Image.open(film).convert("RGB")
    if not preview:
        image = image.resize((picture.width, picture.height), Image.Resampling.LANCZOS)
    image.save(target, "WEBP", quality=80, method=6)


if __name__ == "__main__":
    main()
