"""Who may be whom in the database; this page lists every role there is (docs/tenancy.md, 2 and 3).

galleria_owner     owns schemas, tables and functions; migrations run as it
galleria_tools     reads catalogues, for checks and inspection
shop               group of all shops' roles; holds grants and policies on `platform`
t_00042            one shop; member of `shop`; what its transactions run as
binder             group that may SET ROLE to any shop's role
directory_app      the directory's tables
platform_jobs      workers' and relay's role over all shops of a cell; the web processes may not be it
platform_reader    consoles and checks: reads over all shops of a cell
platform_operator  admin console: sees failed deliveries, sends them again, lets a shop's money go on
audit_sealer       reads the logs of a database and adds to their chains, nothing else
galleria_login_builder_*  the one that may make schemas and shops' roles (tenants/builder.py)
galleria_login_*   what a group of processes signs in as: owns nothing, reads nothing, inherits nothing
"""

import hashlib
import hmac
from dataclasses import dataclass

import psycopg
from psycopg import sql

GROUPS = (
    "shop",
    "binder",
    "directory_app",
    "platform_jobs",
    "platform_reader",
    "platform_operator",
    "audit_sealer",
)


@dataclass(frozen=True, slots=True)
class ProcessGroup:
    """A group of processes with a login of its own, and the roles that it may become."""

    name: str
    roles: tuple[str, ...]


PROCESS_GROUPS = (
    ProcessGroup("web", ("binder", "directory_app", "platform_reader", "platform_operator")),
    ProcessGroup("worker", ("binder", "directory_app", "platform_jobs", "platform_reader")),
    ProcessGroup("relay", ("directory_app", "platform_jobs")),
    ProcessGroup("sealer", ("audit_sealer",)),
    ProcessGroup("tools", tuple(role for role in GROUPS if role != "shop")),
)


def login_name(group: str, database: str) -> str:
    """Return the login of a group of processes on a database; logins are named by cell."""
    return f"galleria_login_{group}_{database}"


def login_password(secret: str, login: str) -> str:
    """Derive a login's password from one secret, so that nothing else need be kept."""
    return hmac.new(secret.encode(), login.encode(), hashlib.sha256).hexdigest()


def create_groups(connection: psycopg.Connection) -> None:
    """Create the roles that are shared by all databases of a server; again is harmless."""
    for role in ("galleria_owner", "galleria_tools", *GROUPS):
        _create_role(connection, role, "NOLOGIN")


def create_logins(connection: psycopg.Connection, database: str, secret: str) -> None:
    """Create the logins of one database and what each may become, no more; again renews both."""
    for group in PROCESS_GROUPS:
        login = login_name(group.name, database)
        _create_role(connection, login, "NOINHERIT LOGIN")
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                sql.Identifier(login), sql.Literal(login_password(secret, login))
            )
        )
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                sql.Identifier(connection.info.dbname), sql.Identifier(login)
            )
        )
        for role in GROUPS:
            change = "GRANT {} TO {} WITH INHERIT FALSE, SET TRUE"
            if role not in group.roles:
                change = "REVOKE {} FROM {}"
            connection.execute(sql.SQL(change).format(sql.Identifier(role), sql.Identifier(login)))


def create_shop_role(connection: psycopg.Connection, schema: str) -> None:
    """Create a shop's role: one grant from the group, one to the binder, whatever the logins."""
    if _is_shop_role(connection, schema):
        return
    role = sql.Identifier(schema)
    with connection.transaction():
        exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [schema]).fetchone()
        connection.execute("SET LOCAL ROLE NONE")  # the builder's login makes roles, not the owner
        if exists is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        connection.execute(sql.SQL("GRANT shop TO {} WITH INHERIT TRUE, SET FALSE").format(role))
        connection.execute(sql.SQL("GRANT {} TO binder WITH INHERIT FALSE, SET TRUE").format(role))


def _is_shop_role(connection: psycopg.Connection, schema: str) -> bool:
    """Whether the role is there with both of its grants."""
    found = connection.execute(
        "SELECT FROM pg_roles WHERE rolname = %(role)s AND pg_has_role(oid, 'shop', 'USAGE')"
        " AND pg_has_role('binder', oid, 'SET')",
        {"role": schema},
    ).fetchone()
    return found is not None


def _create_role(connection: psycopg.Connection, name: str, kind: str) -> None:
    exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if exists is not None:
        return
    connection.execute(sql.SQL("CREATE ROLE {} " + kind).format(sql.Identifier(name)))
