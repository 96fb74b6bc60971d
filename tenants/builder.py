"""The builder: the one process that may make schemas and shops' roles while the marketplace runs.

Opening a shop takes a spare schema and needs no DDL; somebody must make the spares. Neither the web
nor the workers may: a request or a job that went wrong would then have the power to. The builder
listens to nobody: it takes no request and no job, reads no shop's rows, and only looks how many
spares are ready. Its login, `galleria_login_builder_*`, makes roles, puts them into the group `shop`,
and works as galleria_owner, the owner of every table. Guard its password as a superuser's.
"""

import psycopg
from psycopg import sql

from tenants import migrations, roles
from tenants.spares import build_one, count_ready

GROUP = "builder"
WANTED = 20
"""How many spares are kept ready in each cell."""
FEW = 5
"""Below this many the builder does not pause between two."""


def create_builder(connection: psycopg.Connection, database: str, secret: str) -> None:
    """Create the builder's login on a database; again renews its password."""
    login = roles.login_name(GROUP, database)
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [login]).fetchone()
    name, password = sql.Identifier(login), sql.Literal(roles.login_password(secret, login))
    if known is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    connection.execute(
        sql.SQL("ALTER ROLE {} NOINHERIT LOGIN CREATEROLE PASSWORD {}").format(name, password)
    )
    dbname = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(dbname, name))
    for grant in (
        "GRANT galleria_owner TO {} WITH INHERIT FALSE, SET TRUE",
        "GRANT shop TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
    ):
        connection.execute(sql.SQL(grant).format(name))


def as_owner(login_dsn: str) -> str:
    """Return the address with which the builder works as galleria_owner from the first moment."""
    return psycopg.conninfo.make_conninfo(login_dsn, options="-c role=galleria_owner")


def is_newer_release_here(cell_dsn: str) -> bool:
    """Whether a shop of the cell is ahead of this release: then our spares would be behind."""
    with psycopg.connect(cell_dsn, autocommit=True) as connection:
        row = connection.execute(
            'SELECT max(revision COLLATE "C") FROM platform.shop_migration'
        ).fetchone()
    return bool(row and row[0] and row[0] > migrations.head("tenant"))


def keep_ready(directory_dsn: str, cell_dsn: str, *, cell: str, wanted: int = WANTED) -> int:
    """Build at most one spare where fewer than `wanted` are ready; return how many are ready now."""
    ready = count_ready(directory_dsn, cell)
    if ready >= wanted or is_newer_release_here(cell_dsn):
        return ready
    build_one(directory_dsn, cell_dsn, cell=cell)
    return ready + 1
