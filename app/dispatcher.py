"""The dispatcher: asks which host a request is for, and hands it to that face."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from werkzeug.middleware.proxy_fix import ProxyFix

from app import factory
from app.faces.shared.languages import LanguagePrefix, WsgiApplication
from app.faces.shared.security import ISOLATED
from app.foundation.configuration import Configuration
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.directory import ShopDirectory
from tenants.resolution import Face, split_host
from tenants.rules import is_slug

_OF_A_SHOP = frozenset({Face.STOREFRONT, Face.MEDIA})


class Dispatcher:
    """Chooses the face by the host; an unknown host is 404 before any face sees it."""

    def __init__(self, configuration: Configuration) -> None:
        self._base = configuration.base_domain
        self._scheme = configuration.url_scheme
        self._shops = ShopDirectory()
        self._faces: dict[Face, WsgiApplication] = {
            Face.STOREFRONT: LanguagePrefix(factory.create_storefront(configuration)),
            Face.MARKETPLACE: LanguagePrefix(factory.create_marketplace(configuration)),
            Face.CONSOLE: LanguagePrefix(factory.create_merchant_console(configuration)),
            Face.MEDIA: factory.create_media(configuration),
            Face.ADMIN: LanguagePrefix(factory.create_admin_console(configuration)),
        }
        self._apis: dict[Face, WsgiApplication] = {
            Face.STOREFRONT: factory.create_shop_api(configuration),
            Face.MARKETPLACE: factory.create_marketplace_api(configuration),
        }
        self._webhooks: WsgiApplication = factory.create_webhooks(configuration)
        self._dispatch_known: WsgiApplication = ProxyFix(
            self._dispatch, x_for=configuration.trusted_proxy_hops, x_proto=0
        )
        """Knows the client's address; nothing else that a proxy says is believed."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handle a request. Whether it came over TLS is for the configuration to say."""
        environ["wsgi.url_scheme"] = self._scheme
        return self._dispatch_known(environ, start_response)

    def _dispatch(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path in _HEALTH:
            return _answer(start_response, *_HEALTH[path]())
        face, label = split_host(environ.get("HTTP_HOST", ""), self._base)
        if face is Face.MEDIA:  # the shop is named by the path, and may be none
            named = path.lstrip("/").partition("/")[0]
            label = named if is_slug(named) else ""
        if face in _OF_A_SHOP:
            try:
                environ["galleria.shop"] = self._shops.find(label)
            except SQLAlchemyError:
                return _answer(start_response, "503 Service Unavailable", {"status": "unavailable"})
        if face is Face.STOREFRONT and environ["galleria.shop"] is None:
            return _answer(start_response, "404 Not Found", {"status": "unknown host"})
        return self._application(face, path)(environ, start_response)

    def _application(self, face: Face, path: str) -> WsgiApplication:
        if path.startswith("/webhooks/") and face is Face.MARKETPLACE:
            return self._webhooks
        if path.startswith("/api/") and face in self._apis:
            return self._apis[face]
        return self._faces[face]


def _answer(start_response: Any, status: str, body: dict[str, str]) -> Iterable[bytes]:
    content = json.dumps(body).encode()
    start_response(
        status,
        [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
            ("Content-Security-Policy", ISOLATED),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ],
    )
    return [content]


def _alive() -> tuple[str, dict[str, str]]:
    """Answer whether this process runs (FR-040)."""
    return "200 OK", {"status": "alive"}


def _ready() -> tuple[str, dict[str, str]]:
    """Answer whether this process can serve: its database answers."""
    try:
        with unit_of_work(directory_scope()):
            pass
    except (SQLAlchemyError, OSError):
        return "503 Service Unavailable", {"status": "no database"}
    return "200 OK", {"status": "ready"}


_HEALTH: dict[str, Callable[[], tuple[str, dict[str, str]]]] = {
    "/healthz": _alive,
    "/readyz": _ready,
}
