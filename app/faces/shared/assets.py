"""Built style sheets, scripts and fonts, by the name in the manifest; their URLs never change."""

import json
from functools import lru_cache
from pathlib import Path

BUILT = Path(__file__).parent / "static" / "built"


class AssetsMissingError(RuntimeError):
    """The assets have not been built: run ./galleria assets."""


@lru_cache(maxsize=1)
def manifest() -> dict[str, str]:
    """Return the built files' names by the names that templates use."""
    try:
        built: dict[str, str] = json.loads((BUILT / "manifest.json").read_text())
    except FileNotFoundError as error:
        raise AssetsMissingError("the assets are not built: run ./galleria assets") from error
    return built


def asset_url(name: str) -> str:
    """Return the URL of a built file, such as `maker.css`."""
    return f"/assets/{manifest()[name]}"
