"""What a page asks for: its forms, with their fields and the values that the page fills in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

CHOSEN_ONLY = {"checkbox", "radio"}


@dataclass
class Form:
    """A form as a browser sees it."""

    path: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    uploads: set[str] = field(default_factory=set)

    def take(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)

    @property
    def filled(self) -> list[tuple[str, str]]:
        """The first choice of every field: what a person in a hurry would send."""
        return [(name, values[0] if values else "") for name, values in self.fields.items()]


def list_forms(page: str, path: str) -> list[Form]:
    """Return the forms of a page that was read at `path`."""
    reader = _Reader(path)
    reader.feed(page)
    return reader.forms


class _Reader(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            path = urlsplit(urljoin(self.path, told.get("action", ""))).path
            self._open = Form(path, told.get("method", "get").upper())
            self.forms.append(self._open)
        elif self._open is not None:
            self._take(tag, told, self._open)

    def _take(self, tag: str, told: dict[str, str], form: Form) -> None:
        name = told.get("name", "")
        if tag == "option" and self._select:
            form.take(self._select, told.get("value", ""))
        if tag == "select":
            self._select = name
        if not name or tag not in {"input", "select", "textarea", "button"}:
            return
        if told.get("type") == "file":
            form.uploads.add(name)
        elif tag == "select":
            form.fields.setdefault(name, [])
        else:
            default = "1" if told.get("type") in CHOSEN_ONLY else ""
            form.take(name, told.get("value", default))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "select":
            self._select = ""
