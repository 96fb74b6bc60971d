"""`./galleria audit`: verify the log against its chains and checkpoints, seal it, export it."""

import json
import time
from datetime import UTC, datetime

import click

from app.command_line.access import operator_configuration
from app.command_line.errors import CommandError
from app.command_line.operator import connect, shop_called
from app.foundation.audit.checkpoints import (
    History,
    Keys,
    key_name,
    public_key_of,
    read_history,
)
from app.foundation.audit.ports import CheckpointExistsError, CheckpointStore, CheckpointStoreError
from app.foundation.audit.queries import export_rows
from app.foundation.audit.turns import ChainLostError, Signer, databases, seal_database
from app.foundation.audit.verifying import Finding, Report
from app.foundation.audit.verifying import verify as verify_database
from app.foundation.database import DIRECTORY, PlatformScope, cell_names, directory_scope
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork, unit_of_work
from tenants.resolution import list_shops

SHOWN = 200
"""How many findings are printed before the rest is only counted."""


@click.group()
def audit() -> None:
    """Look into the log of who did what."""


@audit.command()
@click.option("--shop", "slug", default="", help="only this shop's chain")
@click.option("--without-checkpoints", is_flag=True, help="only the chains themselves")
def verify(*, slug: str, without_checkpoints: bool) -> None:
    """Verify every chain, print each fault, and fail where there is one.

    Finds rows that were edited, removed, put in or reordered, and, by the checkpoints, a chain that
    was computed again or cut off.
    """
    connect()
    started = time.monotonic()
    history = History() if without_checkpoints else _read_checkpoints()
    names = _names_of_chains()
    reports = _verify_all(history, slug)
    findings = [*history.faults, *(found for report in reports for found in report.findings)]
    for finding in findings[:SHOWN]:
        click.echo(_describe(finding, names))
    if len(findings) > SHOWN:
        click.echo(f"… and {len(findings) - SHOWN} more")
    for report in reports:
        click.echo(_sum_up(report))
    click.echo(_tell_checkpoints(history, is_used=not without_checkpoints))
    if findings:
        raise CommandError(f"The log was changed: {len(findings)} faults.")
    click.echo(f"The log is whole ({time.monotonic() - started:.1f} s).")


def _read_checkpoints() -> History:
    configuration = operator_configuration()
    keys = Keys(configuration.audit_signing_keys, configuration.audit_public_keys)
    try:
        return read_history(port(CheckpointStore), keys)
    except CheckpointStoreError as error:
        raise CommandError(f"The checkpoints cannot be read: {error}") from None


def _verify_all(history: History, slug: str) -> list[Report]:
    if slug:
        shop = shop_called(slug)
        return [_verify_one(shop.cell, history, [shop.schema])]
    return [_verify_one(database, history, None) for database in (DIRECTORY, *cell_names())]


def _verify_one(database: str, history: History, chains: list[str] | None) -> Report:
    with unit_of_work(_reader(database)) as unit:
        return verify_database(
            unit.connection, database=database, now=unit.now,
            claims=history.claims_of(database), chains=chains,
        )  # fmt: skip


def _reader(database: str) -> PlatformScope:
    return (
        directory_scope() if database == DIRECTORY else PlatformScope(database, "platform_reader")
    )


def _names_of_chains() -> dict[str, str]:
    with unit_of_work(directory_scope()) as unit:
        return {shop.schema: shop.slug for shop in list_shops(unit, limit=10_000)}


def _describe(finding: Finding, names: dict[str, str]) -> str:
    chain = finding.chain
    shop = f"{names[chain]} ({chain})" if chain in names else chain
    row = f"  row {finding.audit_id}" if finding.audit_id else ""
    place = f"  position {finding.position}" if finding.position else ""
    return f"{finding.fault.value.upper():<11} {finding.database}/{shop}{place}{row}"


def _sum_up(report: Report) -> str:
    waiting = "all rows are sealed"
    if report.unsealed_since:
        waiting = (
            f"{report.unsealed} rows are not sealed yet, since"
            f" {report.unsealed_since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        )
    return (
        f"{report.database:<12} {report.entries:>9} entries  {report.expired:>7} expired "
        f" {len(report.findings):>5} faults   {waiting}"
    )


def _tell_checkpoints(history: History, *, is_used: bool) -> str:
    if not is_used:
        return "Without checkpoints: a chain that was computed again, or cut off, is not found."
    if history.last_at is None:
        return (
            "There is no checkpoint (CHECKPOINT_URL): a chain that was computed again, or cut off,"
            " is not found."
        )
    return (
        f"{history.count} checkpoints, the last, number {history.last_number}, of"
        f" {history.last_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    )


@audit.command()
@click.option("--checkpoint", "with_checkpoint", is_flag=True, help="sign a checkpoint as well")
def seal(*, with_checkpoint: bool) -> None:
    """Chain what waits, now; the sealer process does it every few seconds by itself."""
    connect()
    for database in databases():
        click.echo(f"{database:<12} {seal_database(database)} rows sealed")
    if not with_checkpoint:
        return
    configuration = operator_configuration()
    keys = Keys(configuration.audit_signing_keys, configuration.audit_public_keys)
    try:
        number = Signer(port(CheckpointStore), keys).sign()
    except (ChainLostError, CheckpointExistsError, CheckpointStoreError, LookupError) as error:
        raise CommandError(f"No checkpoint was kept: {error}") from None
    name = key_name(public_key_of(keys.signing[0]))
    click.echo(f"Checkpoint {number} is kept, signed with the key {name}.")


@audit.command()
@click.option("--shop", "slug", default="", help="this shop's log; without it, the directory's")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), default=None, help="YYYY-MM-DD, UTC")
def export(*, slug: str, since: datetime | None) -> None:
    """Print a log as JSON lines, oldest first, with each row's position and hashes in the chain."""
    connect()
    shop = shop_called(slug) if slug else None
    database, chain = (shop.cell, shop.schema) if shop else (DIRECTORY, "directory_app")
    begin = since.replace(tzinfo=UTC) if since else datetime(1970, 1, 1, tzinfo=UTC)
    with unit_of_work(_reader(database)) as unit:
        _print_rows(unit, chain, begin)


def _print_rows(unit: UnitOfWork, chain: str, begin: datetime) -> None:
    for row in export_rows(unit, chain=chain, since=begin):
        click.echo(json.dumps(row, ensure_ascii=False, sort_keys=True))
