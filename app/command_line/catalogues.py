"""The interface's message catalogues: extract, compare, merge and compile.

English is the source and has no catalogue. A message is a literal passed to gettext's functions,
in Python and in templates.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.command_line.errors import CommandError
from app.command_line.launch import CHECKOUT

FOLDER = CHECKOUT / "translations"
LANGUAGES = ("de", "fr")
SOURCES = ("app", "tenants", "workers")
_METHODS = [("**/templates/**", "jinja2"), ("**.py", "python")]
_OPTIONS = {"**/templates/**": {"silent": "false"}}
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
_LINE_WIDTH = 100
_PLACEHOLDER = re.compile(r"%\((\w+)\)")


@click.group()
def translations() -> None:
    """Bring the interface's catalogues up to date, and check them."""


@translations.command("update")
def update() -> None:
    """Merge new messages into the catalogues, empty, and drop those that are no longer used."""
    wanted = extract_messages()
    for language in LANGUAGES:
        catalogue = _read(language)
        catalogue.update(wanted, no_fuzzy_matching=True)
        path = _path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            write_po(
                target,
                catalogue,
                width=_LINE_WIDTH,
                sort_output=True,
                ignore_obsolete=True,
                include_lineno=False,
                omit_header=False,
            )
        empty = sum(not _is_translated(message) for message in _messages(catalogue))
        click.echo(f"{language}: {len(catalogue)} messages, {empty} not translated")


@translations.command("check")
def check() -> None:
    """Fail where a message is missing, not translated, or translated with other placeholders."""
    problems = catalogue_problems()
    for problem in problems:
        click.echo(problem)
    if problems:
        raise CommandError(f"{len(problems)} problems; `./galleria translations update` merges.")


def extract_messages() -> Catalog:
    """Return every message of the code and the templates."""
    wanted = Catalog(project="Galleria", copyright_holder="", msgid_bugs_address="")
    for source in SOURCES:
        found = extract_from_dir(
            CHECKOUT / source,
            method_map=_METHODS,
            options_map=_OPTIONS,
            keywords=_KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for path, line, text, comments, context in found:
            wanted.add(
                text, None, [(f"{source}/{path}", line)], auto_comments=comments, context=context
            )
    return wanted


def catalogue_problems() -> list[str]:
    """Return what is wrong with the catalogues, a line for each message and language."""
    wanted = extract_messages()
    return [problem for language in LANGUAGES for problem in _problems(language, wanted)]


def _problems(language: str, wanted: Catalog) -> Iterator[str]:
    catalogue = _read(language)
    for message in _messages(wanted):
        kept = catalogue.get(message.id, message.context)
        where = f"{language}: {message.locations[0][0]}: {_first(message)!r}"
        if kept is None:
            yield f"{where} is missing"
        elif not _is_translated(kept):
            yield f"{where} is not translated"
        elif kept.fuzzy:
            yield f"{where} is only a guess (fuzzy)"
        else:
            yield from (f"{where}: {error}" for error in kept.check(catalogue))
            yield from (f"{where} lost %({name})s" for name in _lost_placeholders(kept))
    for message in _messages(catalogue):
        if wanted.get(message.id, message.context) is None:
            yield f"{language}: {_first(message)!r} is no longer used"


def _lost_placeholders(message: Message) -> list[str]:
    """Return what a translation leaves out; a plural's forms may ("one piece", "no piece")."""
    if not isinstance(message.id, str) or not isinstance(message.string, str):
        return []
    return sorted(set(_PLACEHOLDER.findall(message.id)) - set(_PLACEHOLDER.findall(message.string)))


def compile_catalogues(folder: Path = FOLDER) -> int:
    """Compile the catalogues that changed; return how many did."""
    stale = [source for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]
    for source in stale:
        _compile(source)
    return len(stale)


def _path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def _read(language: str) -> Catalog:
    path = _path(language)
    if not path.exists():
        return Catalog(locale=language, project="Galleria")
    with path.open("rb") as text:
        return read_po(text, locale=language)


def _messages(catalogue: Catalog) -> list[Message]:
    """Return the messages without the header, which is the message of the empty text."""
    return [message for message in catalogue if message.id]


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return all(texts)


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> None:
    """Write the result beside its place and move it there: readers see the old or the new."""
    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name)
    fresh = source.with_name(f"{source.stem}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as target:
            write_mo(target, catalogue)
        fresh.rename(source.with_suffix(".mo"))
    except OSError as error:
        raise CommandError(
            f"Cannot write to {source.parent} ({error.strerror}). Use a checkout of your own."
        ) from None
