"""Templates are translated when they are compiled: literals, values, plurals, mails, other faces."""

from collections.abc import Callable

import pytest
from flask import Flask, render_template
from flask_babel import Babel, force_locale
from jinja2 import DictLoader

from app.faces.shared.environment import TRANSLATIONS, install_templates

TEMPLATES = {
    "page.html": '{% extends "frame.html" %}{% block content %}{{ _("Basket") }}{% endblock %}',
    "frame.html": '<p>{{ _("Search") }}|{% block content %}{% endblock %}',
    "values.html": '{{ _("Results for “%(words)s”", words=words) }}',
    "values.txt": '{{ _("Results for “%(words)s”", words=words) }}',
    "plural.html": '{{ ngettext("One piece", "%(num)s pieces", count) }}',
    "named.html": "{{ _(name) }}",
    "unknown.html": '{{ _("No catalogue has this: 100%% of <b>it</b>") }}',
}


@pytest.fixture
def face() -> Flask:
    """Return a face without views, whose visitors read the language that `language` names."""
    app = Flask(__name__)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    app.jinja_loader = DictLoader(TEMPLATES)
    install_templates(app)
    Babel(app)
    return app


def _write(face: Flask, template: str, language: str, **values: object) -> str:
    with face.test_request_context(), force_locale(language):
        return render_template(template, **values)


def test_one_template_speaks_each_language_in_turn(face: Flask) -> None:
    told = [_write(face, "page.html", language) for language in ("de", "en", "fr", "de")]
    assert told == [
        "<p>Suchen|Warenkorb", "<p>Search|Basket", "<p>Rechercher|Panier", "<p>Suchen|Warenkorb",
    ]  # fmt: skip


def test_a_value_is_escaped_in_a_page_and_not_in_a_text(face: Flask) -> None:
    assert "&lt;b&gt;" in _write(face, "values.html", "de", words="<b>")
    assert "<b>" in _write(face, "values.txt", "de", words="<b>")
    assert "<b>" not in _write(face, "values.html", "de", words="<b>")


def test_plurals_and_names_are_translated_when_the_page_is_written(face: Flask) -> None:
    assert [_write(face, "plural.html", "de", count=count) for count in (1, 2)] == [
        "Ein Stück", "2 Stücke",
    ]  # fmt: skip
    assert _write(face, "named.html", "fr", name="Basket") == "Panier"


def test_an_unknown_message_stays_as_it_is_written(face: Flask) -> None:
    assert _write(face, "unknown.html", "de") == "No catalogue has this: 100% of <b>it</b>"


def test_messages_are_literals_of_the_compiled_template(face: Flask) -> None:
    """Else every page would look them up again; this is what makes pages fast."""
    with face.test_request_context(), force_locale("de"):
        compiled = face.jinja_env.get_or_select_template("frame.html")
    code = compiled.root_render_func.__code__
    assert any("Suchen" in str(constant) for constant in code.co_consts)
    assert "_" not in code.co_names


def test_an_address_follows_language_endpoint_and_values(face: Flask) -> None:
    face.add_url_rule("/products/<handle>", "product", lambda handle: handle)
    url_for: Callable[..., str] = face.jinja_env.globals["url_for"]
    found = []
    for root in ("/en", "/de", "/en", ""):
        with face.test_request_context(environ_overrides={"SCRIPT_NAME": root}):
            found.append(url_for("product", handle="a b"))
            assert url_for("product", handle="other") == f"{root}/products/other"
            assert url_for("product", handle="a", tag=["x", "y"]).endswith("?tag=x&tag=y")
    assert found == [f"{root}/products/a%20b" for root in ("/en", "/de", "/en", "")]


def test_an_address_with_a_host_is_made_for_each_host(face: Flask) -> None:
    face.add_url_rule("/story", "story", lambda: "")
    url_for: Callable[..., str] = face.jinja_env.globals["url_for"]
    for host in ("one.example", "two.example"):
        with face.test_request_context(base_url=f"https://{host}"):
            assert url_for("story", _external=True) == f"https://{host}/story"
