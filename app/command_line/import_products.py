"""`./galleria import products FILE --shop SLUG`: Shopify's or Spree's product file."""

from pathlib import Path

import click

from app.command_line.errors import CommandError
from app.command_line.operator import connect, shop_called
from app.domains.catalog.imports.operations import ImportReport, import_products
from app.domains.catalog.imports.parsing import parse_products
from app.domains.catalog.imports.products import ParsedFile
from app.domains.catalog.imports.rows import ProductFileError
from app.domains.inventory.operations import ensure_location, set_stock
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord


class _DryRunError(Exception):
    """Ends a dry run's transaction, so that nothing of it stays."""


@click.group("import")
def imports() -> None:
    """Bring a shop's data along from another system."""


@imports.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--shop", "slug", required=True, help="the shop's address")
@click.option("--dry-run", is_flag=True, help="say what would happen, and change nothing")
def products(*, file: Path, slug: str, dry_run: bool) -> None:
    """Import a product file (CSV of Shopify or Spree), recognised by its header."""
    connect()
    shop = shop_called(slug)
    try:
        parsed = parse_products(file.read_bytes(), currency=shop.currency)
    except ProductFileError as error:
        raise CommandError(str(error.message) % error.facts) from None
    for problem in parsed.problems:
        click.echo(f"row {problem.row}, {problem.column}: {problem.value!r} {problem.reason}")
    if parsed.problems:
        raise CommandError(f"Nothing was imported: {len(parsed.problems)} cells need a look first.")
    report = _import(shop, parsed, is_trial=dry_run)
    verb = "would be" if dry_run else "were"
    click.echo(
        f"{parsed.format}: {len(parsed.products)} products, {report.variants} variants,"
        f" {report.pictures} pictures; {report.created} {verb} created, {report.updated} changed,"
        f" {report.unchanged} are the same"
    )


def _import(shop: ShopRecord, parsed: ParsedFile, *, is_trial: bool) -> ImportReport:
    report = ImportReport()
    try:
        with unit_of_work(shop.scope) as unit:
            report = import_products(unit, file=parsed)
            location = ensure_location(unit, name="Workshop")
            set_stock(unit, location_id=location, quantities=report.stock)
            if is_trial:
                raise _DryRunError  # noqa: TRY301 - rolls the unit back
    except _DryRunError:
        pass
    return report
