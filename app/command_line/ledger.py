"""`./galleria ledger check`: the invariants, each with its figure."""

import click

from app.command_line.errors import CommandError
from app.command_line.operator import connect
from app.domains.checkout.invariants import check_shop
from app.domains.ledger.invariants import Finding, check_books
from app.foundation.database import PlatformScope, cell_names, directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import list_shops


@click.group()
def ledger() -> None:
    """Look into the books."""


@ledger.command()
@click.option("--shop", "slug", default="", help="only this shop's orders")
def check(slug: str) -> None:
    """Check every invariant, print each with its figure, and fail on any breach."""
    connect()
    breaches = 0
    for cell in cell_names():
        with unit_of_work(PlatformScope(cell, "platform_reader")) as unit:
            breaches += _print(cell, check_books(unit))
    with unit_of_work(directory_scope()) as unit:
        shops = [shop for shop in list_shops(unit, limit=10_000) if slug in {"", shop.slug}]
    for shop in shops:
        with unit_of_work(shop.scope) as unit:
            breaches += _print(shop.slug, check_shop(unit))
    if breaches:
        raise CommandError(f"{breaches} breaches. Stop the money of the shops concerned.")
    click.echo("The books are right.")


def _print(where: str, findings: list[Finding]) -> int:
    for finding in findings:
        verdict = "holds" if finding.holds else f"BROKEN {finding.breaches}"
        click.echo(
            f"{where:<20} {finding.name:<18} {finding.checked:>8} checked  {verdict:<10} {finding.meaning}"
        )
    return sum(finding.breaches for finding in findings)
