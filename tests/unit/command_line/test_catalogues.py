"""The catalogues: what is missing, guessed or broken is found, and merging keeps what is there."""

import gettext

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from click.testing import CliRunner

from app.command_line import catalogues


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A checkout of one module and one template, with its catalogues in German only."""
    (tmp_path / "app" / "templates").mkdir(parents=True)
    (tmp_path / "app" / "view.py").write_text(
        'from x import gettext as _\n_("Basket")\n_("%(count)s pieces", count=1)\n'
    )
    (tmp_path / "app" / "templates" / "page.html").write_text(
        '{{ _("Order now") }}{% trans %}Thank you{% endtrans %}'
    )
    monkeypatch.setattr(catalogues, "CHECKOUT", tmp_path)
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path / "translations")
    monkeypatch.setattr(catalogues, "SOURCES", ("app",))
    monkeypatch.setattr(catalogues, "LANGUAGES", ("de",))
    return tmp_path


TRANSLATED = {
    "Basket": "Warenkorb",
    "%(count)s pieces": "%(count)s Stück",
    "Order now": "Jetzt bestellen",
    "Thank you": "Danke",
}


def write(project, messages, flags=()):
    catalogue = Catalog(locale="de")
    for text, translation in messages.items():
        catalogue.add(text, translation, flags=flags)
    path = project / "translations" / "de" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        write_po(target, catalogue)
    return path


def test_nothing_is_wrong_when_all_is_translated(project):
    write(project, TRANSLATED)
    assert catalogues.catalogue_problems() == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Basket": None}, "de: app/view.py: 'Basket' is missing"),
        ({"Thank you": None}, "de: app/templates/page.html: 'Thank you' is missing"),
        ({"Order now": ""}, "de: app/templates/page.html: 'Order now' is not translated"),
        ({"%(count)s pieces": "%(count)s von %(all)s"}, "unknown named placeholder 'all'"),
        ({"%(count)s pieces": "Stück"}, "de: app/view.py: '%(count)s pieces' lost %(count)s"),
        ({"Old": "Alt"}, "de: 'Old' is no longer used"),
    ],
)
def test_each_gap_is_found(project, changes, problem):
    messages = {**TRANSLATED, **changes}
    write(project, {text: told for text, told in messages.items() if told is not None})
    (found,) = catalogues.catalogue_problems()
    assert problem in found


def test_a_guess_is_not_a_translation(project):
    write(project, TRANSLATED, flags=("fuzzy",))
    assert all("only a guess" in problem for problem in catalogues.catalogue_problems())
    assert len(catalogues.catalogue_problems()) == len(TRANSLATED)


def test_merging_keeps_translations_and_leaves_new_ones_empty(project):
    path = write(project, {"Basket": "Warenkorb", "Old": "Alt"})
    result = CliRunner().invoke(catalogues.translations, ["update"])
    assert "de: 4 messages, 3 not translated" in result.output
    text = path.read_text()
    assert "Warenkorb" in text
    assert "Alt" not in text
    assert "fuzzy" not in text.split("Basket")[1]


def test_catalogues_are_compiled_when_they_changed(project):
    path = write(project, TRANSLATED)
    assert catalogues.compile_catalogues(project / "translations") == 1
    assert catalogues.compile_catalogues(project / "translations") == 0
    with path.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Basket") == "Warenkorb"
