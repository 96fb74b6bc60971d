"""What every page of a shop knows: the shop, its texts, its collections, the theme."""

from typing import Any

from flask import Flask, Response, g, make_response, render_template, request

from app.domains.catalog.collections.queries import CollectionRecord
from app.domains.content.rules.imprint import Imprint
from app.domains.search.queries import get_frame
from app.faces.shared.languages import current_language
from app.faces.shared.shops import current_shop
from app.foundation.unit_of_work import UnitOfWork, unit_of_work
from tenants.resolution import ShopRecord

RETRY_AFTER_SECONDS = 3600


def load_frame(unit: UnitOfWork) -> None:
    """Load what the page's frame shows; every view calls it within its unit of work."""
    g.frame = get_frame(unit, language=current_language(), fallback=current_shop().language)


class ShopContext:
    """What templates see as `shop`."""

    @property
    def record(self) -> ShopRecord:
        """The shop in the directory."""
        return current_shop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.record, name)

    @property
    def texts(self) -> Any:
        """The shop's texts in the page's language."""
        return g.frame.profile.texts if "frame" in g else None

    @property
    def pictures(self) -> dict[str, Any]:
        """The shop's own pictures by place."""
        return g.frame.profile.pictures if "frame" in g else {}

    @property
    def collections(self) -> list[CollectionRecord]:
        """The collections, for the navigation."""
        return g.frame.collections if "frame" in g else []

    @property
    def contact_email(self) -> str:
        """Where a buyer writes to."""
        return g.frame.profile.contact_email if "frame" in g else ""

    @property
    def imprint(self) -> Imprint:
        """Who stands behind the shop."""
        return g.frame.profile.imprint if "frame" in g else Imprint()


def install_shop(app: Flask) -> None:
    """Bind each request to its shop; a suspended one answers 503 with its own page."""

    @app.before_request
    def bind() -> Response | None:
        g.shop = current_shop()
        if g.shop.state == "open" or request.endpoint in {"asset", "icon"}:
            return None
        if g.shop.state == "suspended":  # its buyers may have orders here, and need an address
            with unit_of_work(g.shop.scope) as unit:
                load_frame(unit)
        response = make_response(render_template("closed.html"), 503)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response

    @app.context_processor
    def add_shop() -> dict[str, Any]:
        return {"shop": ShopContext()}
