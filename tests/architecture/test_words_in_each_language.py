"""How the catalogues are set, and that a thing has one name in each language (design: words)."""

import re

import pytest
from babel.messages.pofile import read_po

from tests.conftest import ROOT

NARROW, WIDE = "\u202f", "\u00a0"
WRONG_IN_FRENCH = {
    "a narrow no-break space stands before ; ? !": re.compile(
        rf"(?<!{NARROW})(?<![?!])[;?!](?=\s|$)"
    ),
    "a no-break space stands before a colon": re.compile(rf"(?<!{WIDE}):(?=\s|$)"),
    "narrow no-break spaces stand within « »": re.compile(rf"«(?!{NARROW})|(?<!{NARROW})»"),
    "quotes are « », apostrophes ’, dots …": re.compile(r"['\"“”]|\.\.\."),
}
WRONG_IN_GERMAN = {
    "quotes are „ “, dots …": re.compile(r"['\"”]|\.\.\."),
    "a shop is a Shop": re.compile(r"\b(?:Laden(?! Sie\b)|Ladens|Läden)\b"),
    "a button is a Schaltfläche": re.compile(r"Knopf|Knöpf"),
    "a mail is an E-Mail": re.compile(r"(?<!E-)\bMails?\b"),
    "a password is a Passwort": re.compile(r"Kennwort"),
    "a basket is a Warenkorb": re.compile(r"(?<!Waren)\b[Kk]orb"),
    "a buyer is a Käufer": re.compile(r"Kundschaft|Kundin"),
    "what is charged is abgebucht": re.compile(r"nichts (?:wurde )?berechnet"),
    "what is held is einbehalten": re.compile(r"zurückgehalten"),
}
FRENCH_TERMS = {
    "a shop is a boutique": re.compile(r"\bmagasin|\bshops?\b"),
    "a mail is an e-mail": re.compile(r"courriel|(?<![eE]-)\bmails?\b"),
    "a recovery code is a code de secours": re.compile(r"code de récupération"),
}
PROGRAMS_WORDS = re.compile(r"Authorization: Bearer|https?://\S+|%\(\w+\)s")
"""What a person types or a program fills in; nobody sets it."""


def messages(language):
    """Return every translation, without what programs put in or read."""
    path = ROOT / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        for message in read_po(file):
            texts = message.string if isinstance(message.string, tuple) else (message.string,)
            for text in texts if message.id else ():
                yield PROGRAMS_WORDS.sub("x", text)


@pytest.mark.parametrize(
    ("language", "rules"), [("fr", WRONG_IN_FRENCH | FRENCH_TERMS), ("de", WRONG_IN_GERMAN)]
)
def test_every_translation_is_set_and_named_as_the_others(language, rules):
    wrong = [
        (rule, text)
        for text in messages(language)
        for rule, pattern in rules.items()
        if pattern.search(text)
    ]
    assert wrong == []


def test_what_is_wrong_is_found():
    """Else the test above would pass on anything."""
    for text in ("Vraiment ?", "Fait:", "« Non »", "l'aide", "Le magasin"):
        assert any(p.search(text) for p in (WRONG_IN_FRENCH | FRENCH_TERMS).values()), text
    for text in ("Vraiment\u202f?", "Fait\u00a0: oui", "«\u202fOui\u202f»", "l’aide…"):
        assert not any(p.search(text) for p in (WRONG_IN_FRENCH | FRENCH_TERMS).values()), text
    for text in ("Ihre Läden", "Der Laden", 'Das "Wort"', "per Mail"):
        assert any(p.search(text) for p in WRONG_IN_GERMAN.values()), text
    assert not any(p.search("Laden Sie die Seite „neu“.") for p in WRONG_IN_GERMAN.values())
