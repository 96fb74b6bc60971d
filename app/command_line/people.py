"""`./galleria people`: take a person's data along, erase somebody, erase again after a restore."""

from pathlib import Path
from typing import TextIO
from uuid import UUID

import click

from app.command_line.access import operator_configuration
from app.command_line.archives import new_archive
from app.command_line.errors import CommandError
from app.command_line.operator import connect
from app.domains.accounts.people.queries import find_person_id
from app.domains.privacy.blockers import Blocker, BlockerKind, list_blockers
from app.domains.privacy.documents import write_archive
from app.domains.privacy.erasing import erase_due, repeat_erasures
from app.domains.privacy.exporting import export_person
from app.domains.privacy.operations import ask_for_erasure
from app.domains.privacy.register import list_erased
from app.faces.shared.exports import PageOfExport
from app.faces.shared.languages import LANGUAGES
from app.factory import create_worker_app
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work


@click.group()
def people() -> None:
    """Take a person's data along, and erase people."""


@people.command()
@click.argument("email")
@click.option("--to", "path", type=click.Path(path_type=Path), required=True, help="the archive")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
def export(email: str, path: Path, language: str) -> None:
    """Write all that is held of the person with the address EMAIL, over all shops, as one archive."""
    connect()
    person_id = _person_called(email)
    with new_archive(path) as file, create_worker_app(operator_configuration()).app_context():
        found = export_person(person_id=person_id, actor="operator")
        file.write(write_archive(found, PageOfExport(language)))
    shops = "one shop" if len(found.shops) == 1 else f"{len(found.shops)} shops"
    click.echo(f"{path}: the account and what {shops} hold.")


@people.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="do not ask")
def erase(email: str, *, yes: bool) -> None:
    """Note that the person with the address EMAIL wants to be erased; it happens after 7 days."""
    connect()
    person_id = _person_called(email)
    blockers = list_blockers(person_id=person_id)
    for blocker in blockers:
        click.echo(f"  {_tell_blocker(blocker)}", err=True)
    if blockers:
        raise CommandError("This must end first; nothing was changed.")
    if not yes:
        click.confirm("Erase this person in the directory and in every shop?", abort=True)
    with unit_of_work(directory_scope()) as unit:
        erasure = ask_for_erasure(unit, person_id=person_id)
    click.echo(
        f"It happens after {erasure.due_at:%d %B %Y, %H:%M} UTC. Until then the person can keep the"
        " account, under Your data; a mail tells them so."
    )


def _tell_blocker(blocker: Blocker) -> str:
    if blocker.kind is BlockerKind.ORDER:
        return (
            f"order {blocker.number} at {blocker.shop.slug}: it must arrive, and the time for"
            " sending it back must pass"
        )
    return (
        f"only owner of {blocker.shop.slug}: hand it over, or close it (./galleria tenants close)"
    )


@people.command("erase-due")
def run_due() -> None:
    """Carry out at once every erasure whose seven days are over; the schedule does it too."""
    connect()
    with create_worker_app(operator_configuration()).app_context():  # each gets a last mail
        erased = erase_due()
    click.echo("One person erased." if erased == 1 else f"{erased} people erased.")


@people.command("list-erased")
def show_erased() -> None:
    """Print the ids of everybody who was erased: the list that a restore needs."""
    connect()
    erased = list_erased()
    for person_id in erased:
        click.echo(str(person_id))
    if not erased:
        click.echo("Nobody was erased yet.", err=True)


@people.command("replay-erasures")
@click.option("--from", "source", type=click.File(), default=None, help="a list from list-erased")
def replay(source: TextIO | None) -> None:
    """Erase again whoever a restored backup has brought back. Run it after every restore."""
    connect()
    found = repeat_erasures(_read_ids(source) if source else [])
    click.echo("One person" if found == 1 else f"{found} people", nl=False)
    click.echo(" looked for and erased again.")


def _read_ids(source: TextIO) -> list[UUID]:
    try:
        return [UUID(line.strip()) for line in source if line.strip()]
    except ValueError:
        raise CommandError(
            "This is no list from ./galleria people list-erased: each line holds one id. Nobody was"
            " erased again."
        ) from None


def _person_called(email: str) -> UUID:
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
    if person_id is None:
        raise CommandError("Nobody has an account with this address.")
    return person_id
