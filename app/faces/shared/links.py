"""Links from one face to another: the one place that knows hosts."""

from app.foundation.configuration import Configuration


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

    def console(self, path: str = "/") -> str:
        """Return an address on the merchants' console."""
        return f"{self._scheme}://console.{self._base}{path}"

    def admin(self, path: str = "/") -> str:
        """Return an address on the platform's console."""
        return f"{self._scheme}://admin.{self._base}{path}"
