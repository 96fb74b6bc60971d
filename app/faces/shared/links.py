"""Links from one face to another: the one place that knows hosts."""

from app.foundation.configuration import Configuration
from tenants.resolution import MEDIA_LABEL


class Links:
    """Makes absolute addresses on the marketplace's hosts."""

    def __init__(self, configuration: Configuration) -> None:
        self._scheme = configuration.url_scheme
        self._base = configuration.base_domain

    def marketplace(self, path: str = "/") -> str:
        """Return an address on the marketplace's own host."""
        return f"{self._scheme}://{self._base}{path}"

    def shop(self, slug: str, path: str = "/", *, language: str = "") -> str:
        """Return an address on a shop's subdomain."""
        prefix = f"/{language}" if language else ""
        return f"{self._scheme}://{slug}.{self._base}{prefix}{path}"

    def media_origin(self, host: str) -> str:
        """Return the host of pictures, on the port at which `host` is asked."""
        name = self._base.partition(":")[0]
        port = host.rpartition(":")[2] if ":" in host else ""
        return f"{self._scheme}://{MEDIA_LABEL}.{name}" + (f":{port}" if port.isdigit() else "")

    def console(self, path: str = "/") -> str:
        """Return an address on the merchants' console."""
        return f"{self._scheme}://console.{self._base}{path}"

    def admin(self, path: str = "/") -> str:
        """Return an address on the platform's console."""
        return f"{self._scheme}://admin.{self._base}{path}"
