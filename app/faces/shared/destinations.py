"""Where a person goes once they have signed in or proved themselves: a page of one of our hosts."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import current_app, request

from app.faces.shared.security import SAFE_METHODS
from app.foundation.configuration import Configuration
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import Face, find_shop_by_host, split_host

LONGEST_PATH = 2000


@dataclass(frozen=True, slots=True)
class Destination:
    """A page: a host of ours with its port, and a path with its query."""

    host: str
    path: str

    @property
    def url(self) -> str:
        """The page's whole address."""
        return f"{_configuration().url_scheme}://{self.host}{self.path}"

    def by_sign_in(self) -> str:
        """Return the address of this host's sign-in that leads here afterwards."""
        return f"{request.script_root}/sign-in?{urlencode({'next': self.path})}"

    def by_proof(self) -> str:
        """Return the marketplace's page that asks for a proof and leads here afterwards."""
        query = urlencode({"to": self.host, "next": self.path})
        return on_marketplace(f"{request.script_root}/prove?{query}")

    def by_protection(self) -> str:
        """Return the marketplace's page that sets a second factor up and leads here afterwards."""
        query = urlencode({"to": self.host, "next": self.path})
        return on_marketplace(f"{request.script_root}/account/security?{query}")


def _configuration() -> Configuration:
    configuration: Configuration = current_app.config["GALLERIA"]
    return configuration


def on_marketplace(path: str) -> str:
    """Return an address on the marketplace's own host."""
    configuration = _configuration()
    return f"{configuration.url_scheme}://{configuration.base_domain}{path}"


def current_page() -> Destination:
    """Return the page that a person is on: the one asked for, or the one that held the form."""
    own = f"{request.script_root}{request.full_path}".rstrip("?")
    if request.method in SAFE_METHODS:
        return Destination(request.host, own)
    parts = urlsplit(request.headers.get("Referer", ""))
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    is_here = parts.netloc == request.host and is_path(path)
    return Destination(request.host, path if is_here else own)


def is_path(text: str) -> bool:
    """Whether a text is a path of a host of ours, and never leads to another site."""
    is_rooted = text.startswith("/") and not text.startswith(("//", "/\\"))
    return is_rooted and len(text) <= LONGEST_PATH and text.isprintable() and "\\" not in text


def read_path(values: Any, fallback: str) -> str:
    """Return the path that `next` names, or `fallback`."""
    wanted: str = values.get("next", "")
    return wanted if is_path(wanted) else fallback


def read_destination(values: Any, fallback: str) -> Destination:
    """Return the page that `to` and `next` name; of this host where `to` is none of ours."""
    wanted = values.get("to", "")
    if not is_our_host(wanted):
        return Destination(request.host, fallback)
    return Destination(wanted, read_path(values, "/"))


def is_our_host(host: str) -> bool:
    """Whether the marketplace, a console or a shop answers on a host; its port counts too."""
    base = _configuration().base_domain
    if not host or not host.isprintable() or host.partition(":")[2] != base.partition(":")[2]:
        return False
    face, label = split_host(host, base)
    if face is Face.MEDIA:
        return False
    if face is not Face.STOREFRONT:
        return True
    with unit_of_work(directory_scope()) as unit:
        return find_shop_by_host(unit, label) is not None
