"""Jinja for every face: each template is compiled once for each language, already translated.

Looking up forty messages a page cost a quarter of its template. What stays for the time of the page
are messages in the plural, and those that are no literal in the template.
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask.sansio.app import App
from flask.templating import Environment
from flask_babel import get_locale
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, Template, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from app.faces.shared.languages import DEFAULT

ROOT = Path(__file__).resolve().parents[3]
TRANSLATIONS = ROOT / "translations"
SHARED_TEMPLATES = "app/faces/shared/templates"
ADDRESSES_KEPT = 8192
"""A shop's pages link to the same few hundred addresses; making one costs 15 µs."""
_MESSAGE_CALLS = frozenset({"_", "gettext"})


class FaceEnvironment(Environment):
    """Hands out templates in the language of the request, or of the mail that is written."""

    language = ""
    """Of the templates compiled here; the environment of a face itself has none."""

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app, **options)
        self._of_languages: dict[str, FaceEnvironment] = {}

    def get_or_select_template(self, *arguments: Any, **options: Any) -> Template:
        """Return a template; what it extends, includes and imports comes in its language too."""
        if self.language:
            return super().get_or_select_template(*arguments, **options)
        language = str(get_locale() or DEFAULT)
        found = self._of_languages.get(language) or self._in(language)
        return found.get_or_select_template(*arguments, **options)

    def _in(self, language: str) -> "FaceEnvironment":
        environment = self.overlay()
        environment.language = language
        return self._of_languages.setdefault(language, environment)

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 - Jinja's own signature
    ) -> str:
        """Translate before the code is made; the hook that Jinja has for this."""
        if self.language:
            escapes = self.autoescape(name) if callable(self.autoescape) else self.autoescape
            source = _Translator(_catalogue(self.language), escapes=escapes).visit(source)
        return super()._generate(source, name, filename, defer_init)


class _Translator(NodeTransformer):
    """Puts a message's text where a template asks for it by a literal."""

    def __init__(self, catalogue: NullTranslations, *, escapes: bool) -> None:
        self._catalogue = catalogue
        self._kind = Markup if escapes else str
        """A translation is markup; the values that are put into it are not."""

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:  # noqa: N802 - the visitor's rule
        """Translate a call of `_` with nothing but a literal and named values."""
        self.generic_visit(node)
        message = _literal(node)
        if message is None:
            return node
        text = self._kind(self._catalogue.ugettext(message))
        if not node.kwargs:
            return nodes.Const(text % {}, lineno=node.lineno)
        values = [nodes.Pair(nodes.Const(value.key), value.value) for value in node.kwargs]
        return nodes.Mod(nodes.Const(text), nodes.Dict(values), lineno=node.lineno)


def _literal(node: nodes.Call) -> str | None:
    """Return the message that a call asks for, where it is written out."""
    is_plain = isinstance(node.node, nodes.Name) and node.node.name in _MESSAGE_CALLS
    if not is_plain or len(node.args) != 1 or node.dyn_args or node.dyn_kwargs:
        return None
    message = node.args[0]
    if isinstance(message, nodes.Const) and isinstance(message.value, str):
        return message.value
    return None


@lru_cache(maxsize=8)
def _catalogue(language: str) -> NullTranslations:
    """Return a language's messages, read once in a process."""
    return Translations.load(TRANSLATIONS, [language])


def install_templates(app: Flask) -> None:
    """Find a face's own templates and the shared ones; a name that is not there is an error."""
    app.jinja_environment = FaceEnvironment
    own: Any = app.jinja_loader
    app.jinja_loader = ChoiceLoader([own, FileSystemLoader(ROOT / SHARED_TEMPLATES)])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["url_for"] = _addresses_of(app)


def _addresses_of(app: Flask) -> Callable[..., str]:
    """Return what makes addresses for templates: the same as Flask's own, and each made once.

    An address on the page's own host follows from the language in front of the path, the endpoint
    and the values alone; an address with a host is made each time.
    """

    @lru_cache(ADDRESSES_KEPT)
    def build(root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        del root  # read from the request
        return app.url_for(endpoint, **dict(values))

    def url_for(endpoint: str, **values: Any) -> str:
        depends_on_page = endpoint.startswith(".") or "_external" in values
        if depends_on_page or not has_request_context():
            return app.url_for(endpoint, **values)
        try:
            return build(request.script_root, endpoint, tuple(values.items()))
        except TypeError:  # a value that cannot be looked up by, such as a list
            return app.url_for(endpoint, **values)

    return url_for
