"""What pages read of a request: text without NUL, which PostgreSQL cannot keep and nobody types."""

from typing import IO, Any
from urllib.parse import quote

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.utils import cached_property

NUL = "\x00"
VISIBLE = "".join(chr(code) for code in range(33, 127))


class _FormReader(FormDataParser):
    """Reads a form, leaving NUL out of names and values."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        """Read the form; the files stay as they are."""
        rest, form, files = super().parse(stream, mimetype, content_length, options)
        return rest, _without_nul(form), files


class PageRequest(Request):
    """A request whose form and query carry no NUL, so that no view has to think of it."""

    form_data_parser_class = _FormReader

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Bytes that are not ASCII come as they are from some clients; an address has none.
        self.query_string = quote(self.query_string, safe=VISIBLE).encode()

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """What the address says behind the question mark."""
        return _without_nul(super().args)


def _without_nul(told: MultiDict[str, str]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict(
        [
            (name.replace(NUL, ""), value.replace(NUL, ""))
            for name, value in told.items(multi=True)
            if name is not None  # a part of a form may come without one
        ]
    )


def install_requests(app: Flask) -> None:
    """Read requests so, and answer a path with a NUL as one that names nothing."""
    app.request_class = PageRequest

    @app.before_request
    def refuse_nul() -> None:
        if NUL in request.path:
            abort(404)
