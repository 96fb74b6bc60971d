"""The three languages: in the URL (/de/…), or chosen by the browser."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import g, has_request_context, request

LANGUAGES = ("en", "de", "fr")
NAMES = {"en": "English", "de": "Deutsch", "fr": "Français"}
DEFAULT = "en"

WsgiApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


class LanguagePrefix:
    """Takes a language off the front of the path, so that every link made below it carries it."""

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Handle a request."""
        first, _, rest = environ.get("PATH_INFO", "").lstrip("/").partition("/")
        if first in LANGUAGES:
            environ["galleria.language"] = first
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + f"/{first}"
            environ["PATH_INFO"] = f"/{rest}"
        return self._application(environ, start_response)


def current_language() -> str:
    """Return the language of this request: of the URL, of the person, or of the browser."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        g.language = (
            request.environ.get("galleria.language")
            or _of_person()
            or request.accept_languages.best_match(LANGUAGES)
            or DEFAULT
        )
    language: str = g.language
    return language


def _of_person() -> str:
    visitor = g.get("visitor")
    return visitor.language if visitor and visitor.language in LANGUAGES else ""


def is_in_url() -> bool:
    """Whether the URL names the language, so that the answer depends on nothing else."""
    return "galleria.language" in request.environ
