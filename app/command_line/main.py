"""The commands by name; a command's module is imported when the command is called.

So `--help` answers at once, and a command that cannot be imported does not take the others along.
To add a command: write `app/command_line/<name>.py` with a click command, and name it here.
"""

import sys
from dataclasses import dataclass
from importlib import import_module

import click

from app.command_line.embedded.errors import EmbeddedServerError
from app.command_line.errors import CommandError


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is (`module:attribute`), and its line in the help."""

    target: str
    summary: str


COMMANDS = {
    "demo": Entry("app.command_line.demo:demo", "Run the whole marketplace here until Ctrl-C."),
    "demo-code": Entry(
        "app.command_line.demo.code:demo_code",
        "Show the codes that the demo's people sign in with.",
    ),
    "test": Entry(
        "app.command_line.quality.tests:test", "Set up what is missing and run all tests."
    ),
    "check": Entry(
        "app.command_line.quality.check:check", "Format, lint, types, contracts; then the tests."
    ),
    "requirements": Entry(
        "app.command_line.requirements:requirements", "Compile the pinned requirements again."
    ),
    "translations": Entry(
        "app.command_line.catalogues:translations", "Merge and check the interface's messages."
    ),
    "assets": Entry(
        "app.command_line.assets:assets", "Build styles and scripts when they changed."
    ),
    "tenants": Entry(
        "app.command_line.tenants:tenants", "Open, list, migrate, suspend and check shops."
    ),
    "people": Entry(
        "app.command_line.people:people", "Take a person's data along, and erase people."
    ),
    "import": Entry(
        "app.command_line.import_products:imports", "Import products from a file into a shop."
    ),
    "bench": Entry(
        "app.command_line.benchmark:bench", "Measure pages, search and many shops on this machine."
    ),
    "roles": Entry("app.command_line.roles:roles", "Write docs/roles.md: who may do what."),
    "keys": Entry(
        "app.command_line.keys:keys", "Change the keys of personal data, and check them."
    ),
    "ledger": Entry("app.command_line.ledger:ledger", "Check the books."),
    "audit": Entry("app.command_line.audit:audit", "Verify, seal and export the log."),
}
EPILOGUE = """\
The demo keeps its data below the state folder (by default demo/ in GALLERIA_HOME, which is
/var/lib/galleria for root and ~/.local/share/galleria otherwise).

A machine with servers of its own names them, and then nothing embedded starts in their place:
DATABASE_URL (a superuser's address), REDIS_URL, SMTP_URL; STRIPE_API_KEY together with
STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRETS.
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command by name; None where there is none of this name."""
        del ctx
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, without importing one of them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(
    cls=LazyGroup, epilog=EPILOGUE, context_settings={"help_option_names": ["-h", "--help"]}
)
def galleria() -> None:
    """Galleria: a marketplace of shops, each in a PostgreSQL schema of its own.

    The first command on a fresh machine is `./galleria demo`; `./galleria COMMAND --help` says
    more about each.
    """


def run() -> None:
    """Run what was typed; an expected failure is one sentence on stderr and exit status 1."""
    try:
        galleria.main(prog_name="./galleria", standalone_mode=True)
    except (EmbeddedServerError, CommandError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
