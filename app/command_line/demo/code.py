"""`./galleria demo-code`: the codes that the apps of the demo's people show now."""

import json
from pathlib import Path

import click

from app.command_line.demo.state import SIGN_INS
from app.command_line.errors import CommandError
from app.command_line.launch import data_folder
from app.domains.accounts.factors.operations.codes import code_of
from app.domains.accounts.factors.rules import CODE_SECONDS
from app.foundation.clock import clock


@click.command("demo-code")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="The demo's folder.  [default: demo/ in GALLERIA_HOME]",
)
def demo_code(*, state: Path | None) -> None:
    """Show each person's code; it counts once, for a minute around now."""
    kept = (state or data_folder() / "demo") / SIGN_INS
    if not kept.exists():
        raise CommandError("Nobody can sign in yet: start ./galleria demo first, then ask again.")
    now = clock.process_time()
    for person in json.loads(kept.read_text()).values():
        if "app_secret" in person:
            click.echo(f"  {code_of(person['app_secret'], now)}   {person['email']}")
    click.echo(f"  New ones come every {CODE_SECONDS} seconds; each counts once.")
