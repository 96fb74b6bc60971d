"""`./galleria tenants`: open, list, migrate, suspend, resume and check shops."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psycopg

from app.command_line.access import operator_environment, operator_server
from app.command_line.archives import new_archive
from app.command_line.errors import CommandError
from app.command_line.operator import connect, shop_called
from app.command_line.shop_archive import erase_shop, export_shop
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.unit_of_work import unit_of_work
from tenants import bootstrap, hardening, migrations
from tenants.errors import ShopStateError
from tenants.models import SHOP_KINDS
from tenants.operations import close_shop, create_shop, open_shop, suspend_shop
from tenants.resolution import ShopRecord, list_shops
from tenants.spares import build_spares

SPARES = 20


@click.group()
def tenants() -> None:
    """Open, list, migrate, suspend and check shops."""


@tenants.command()
@click.argument("slug")
@click.option("--name", required=True)
@click.option("--kind", type=click.Choice(SHOP_KINDS), default="maker", show_default=True)
@click.option("--country", default="DE", show_default=True, help="ISO 3166 code")
@click.option("--currency", default="EUR", show_default=True, help="ISO 4217 code")
@click.option("--language", default="en", show_default=True)
def create(**facts: str) -> None:
    """Open a shop with the address SLUG; no DDL is needed, a spare schema is taken."""
    connect()
    started = time.monotonic()
    try:
        with unit_of_work(directory_scope()) as unit:
            shop = create_shop(unit, **facts)
            open_shop(unit, shop_id=shop.id, actor="operator")
    except GalleriaError as error:
        raise CommandError(
            f"{error.code}: {error.facts or 'see ./galleria tenants --help'}"
        ) from None
    click.echo(f"{shop.slug} is open in {shop.schema} ({time.monotonic() - started:.2f} s)")


@tenants.command("list")
def list_all() -> None:
    """List all shops with their state and schema."""
    connect()
    with unit_of_work(directory_scope()) as unit:
        shops = list_shops(unit, limit=10_000)
    for shop in shops:
        click.echo(f"{shop.slug:<32} {shop.state:<10} {shop.cell}/{shop.schema}  {shop.name}")
    click.echo(f"{len(shops)} shops")


@tenants.command()
@click.option("--workers", default=2, show_default=True, help="connections side by side")
@click.option("--spares", default=SPARES, show_default=True, help="spare schemas to keep ready")
def migrate(*, workers: int, spares: int) -> None:
    """Bring directory, platform and every shop to this release; run it again to go on."""
    server, started = operator_server(), time.monotonic()
    secret = operator_environment().get("DATABASE_PASSWORD_SECRET", "")
    if not secret:
        raise CommandError("Set DATABASE_PASSWORD_SECRET: the logins' passwords are made from it.")
    bootstrap.prepare(server, password_secret=secret, spares=0, migrate_shops=False)
    stragglers: list[migrations.Straggler] = []
    for cell, dsn in server.cells.items():
        for done, of, behind in migrations.migrate_shops(dsn, workers=workers):
            click.echo(f"{cell}: {done} of {of} shops migrated")
            stragglers = behind
        build_spares(server.directory, dsn, cell=cell, wanted=spares)
    click.echo(f"Done in {time.monotonic() - started:.1f} s.")
    for straggler in stragglers:
        click.echo(f"{straggler.schema} stays at {straggler.revision}: {straggler.error}", err=True)
    if stragglers:
        raise CommandError(f"{len(stragglers)} shops are behind; mend them and run this again.")


@contextmanager
def _told_of_state(shop: ShopRecord) -> Iterator[None]:
    try:
        yield
    except ShopStateError:
        raise CommandError(f"{shop.slug} is {shop.state}, so this cannot be done now.") from None


@tenants.command()
@click.argument("slug")
@click.option("--reason", required=True)
def suspend(slug: str, reason: str) -> None:
    """Close a shop's doors for now; its pages answer 503."""
    connect()
    shop = shop_called(slug)
    with _told_of_state(shop), unit_of_work(directory_scope()) as unit:
        suspend_shop(unit, shop_id=shop.id, actor="operator", reason=reason)
    click.echo(f"{slug} is closed for now")


@tenants.command()
@click.argument("slug")
def resume(slug: str) -> None:
    """Open a shop's doors again."""
    connect()
    shop = shop_called(slug)
    with _told_of_state(shop), unit_of_work(directory_scope()) as unit:
        open_shop(unit, shop_id=shop.id, actor="operator")
    click.echo(f"{slug} is open")


@tenants.command()
@click.argument("slug")
@click.option("--yes", is_flag=True, help="do not ask")
def close(slug: str, *, yes: bool) -> None:
    """Close a shop for good. It cannot be opened again; it can be exported and erased."""
    connect()
    shop = shop_called(slug)
    if not yes:
        click.confirm(f"Close {shop.name} for good?", abort=True)
    with _told_of_state(shop), unit_of_work(directory_scope()) as unit:
        close_shop(unit, shop_id=shop.id, actor="operator")
    click.echo(
        f"{slug} is closed for good. Take it along: ./galleria tenants export {slug} --to FILE"
    )


@tenants.command()
@click.argument("slug")
@click.option("--to", "path", type=click.Path(path_type=Path), required=True, help="the archive")
def export(slug: str, path: Path) -> None:
    """Write everything of the shop SLUG into one archive: tables, opened customers, files."""
    connect()
    started = time.monotonic()
    shop = shop_called(slug)
    if shop.state == "erased":
        raise CommandError(f"{slug} was erased: nothing but its books and its log is left.")
    with new_archive(path) as file:
        manifest = export_shop(operator_server(), shop, file)
    rows = sum(table["rows"] for table in manifest["tables"].values())
    click.echo(
        f"{path}: {len(manifest['tables'])} tables, {rows} rows, {manifest['files']} files"
        f" ({time.monotonic() - started:.2f} s)"
    )


@tenants.command()
@click.argument("slug")
def erase(slug: str) -> None:
    """Erase the closed shop SLUG whole. The books and the log stay; asks for the address twice."""
    connect()
    shop = shop_called(slug)
    if shop.state not in {"closed", "erased"}:
        raise CommandError(
            f"{slug} is {shop.state}. Close it first: ./galleria tenants close {slug}"
        )
    click.echo(f"Everything of {shop.name} is removed but its books and its log. No way back.")
    typed = click.prompt("Type the shop's address", confirmation_prompt="Type it once more")
    if typed != slug:
        raise CommandError("That is another address. Nothing was erased.")
    files = erase_shop(operator_server(), shop)
    click.echo(f"{slug} is erased: its schema, its keys, its messages and {files} files")


@tenants.command()
def check() -> None:
    """List the six measures that keep shops apart, and shops that are behind; fail on any."""
    problems = 0
    for dsn in operator_server().cells.values():
        with psycopg.connect(dsn, autocommit=True) as connection:
            for name, holds in hardening.check(connection):
                click.echo(f"{'holds' if holds else 'BROKEN':<7} {name}")
                problems += not holds
            behind = connection.execute(
                "SELECT count(*) FROM platform.shop_migration WHERE revision <> %s",
                [migrations.head("tenant")],
            ).fetchone()
        click.echo(f"{behind[0] if behind else 0} schemas are behind {migrations.head('tenant')}")
        problems += bool(behind and behind[0])
    if problems:
        raise CommandError("The shops are not kept apart as they should be; see above.")
