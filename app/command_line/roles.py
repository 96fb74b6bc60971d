"""`./galleria roles`: who may do what, as a page for people (docs/roles.md)."""

import click
from flask import Flask
from flask_babel import Babel

from app.command_line.launch import CHECKOUT
from app.domains.accounts.permissions import (
    GRANTED,
    OF_PLATFORM,
    OF_SHOP,
    PLATFORM_ROLES,
    ROLE_NAMES,
    SHOP_ROLES,
    Permission,
    tell_permission,
)
from app.domains.accounts.rules import Role

PAGE = CHECKOUT / "docs" / "roles.md"
_HEAD = """\
# Who may do what

Written by `./galleria roles` from `app/domains/accounts/permissions.py`; `./galleria check` fails
where the two differ. A shop may make roles of its own from the permissions of the first table, save
those that only the owner has. Nobody gives what they do not have themselves.
"""


@click.command()
def roles() -> None:
    """Write docs/roles.md again: each permission with its sentence, each role with its own."""
    PAGE.write_text(render_roles())
    click.echo(f"Wrote {PAGE.relative_to(CHECKOUT)}.")


def role_problems() -> list[str]:
    """Return what is wrong: the page that people read differs from the page in the code."""
    if PAGE.exists() and PAGE.read_text() == render_roles():
        return []
    return ["docs/roles.md is not what permissions.py says: run ./galleria roles"]


def render_roles() -> str:
    """Return the page: role × permission, for shops and for the platform."""
    app = Flask("app.command_line.roles")
    Babel(app)
    with app.test_request_context():
        shop = _table(list(OF_SHOP), SHOP_ROLES)
        platform = _table(list(OF_PLATFORM), PLATFORM_ROLES)
    return f"{_HEAD}\n## In a shop\n\n{shop}\n## On the platform\n\n{platform}"


def _table(permissions: list[Permission], roles: tuple[Role, ...]) -> str:
    rows = [
        ["Permission", "They may …", *(str(ROLE_NAMES[role]) for role in roles)],
        ["---", "---", *(":-:" for _ in roles)],
    ]
    rows += [
        [
            f"`{permission.value}`",
            tell_permission(permission),
            *("●" if permission in GRANTED[role] else "" for role in roles),
        ]
        for permission in permissions
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
