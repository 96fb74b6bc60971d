"""The six measures by which the database itself keeps shops apart (docs/tenancy.md, section 3).

They need a superuser and are set for each database. Each is verified after it is set, because a
REVOKE on a catalogue only warns where it has no effect.
"""

from dataclasses import dataclass

import psycopg
from psycopg import sql

TEXT_RUNNERS = (
    "set_config(text, text, boolean)",
    "query_to_xml(text, boolean, boolean, text)",
    "query_to_xmlschema(text, boolean, boolean, text)",
    "query_to_xml_and_xmlschema(text, boolean, boolean, text)",
    "table_to_xml(regclass, boolean, boolean, text)",
    "table_to_xmlschema(regclass, boolean, boolean, text)",
    "table_to_xml_and_xmlschema(regclass, boolean, boolean, text)",
    "schema_to_xml(name, boolean, boolean, text)",
    "schema_to_xmlschema(name, boolean, boolean, text)",
    "schema_to_xml_and_xmlschema(name, boolean, boolean, text)",
    "database_to_xml(boolean, boolean, text)",
    "database_to_xmlschema(boolean, boolean, text)",
    "database_to_xml_and_xmlschema(boolean, boolean, text)",
    "cursor_to_xml(refcursor, integer, boolean, boolean, text)",
    "cursor_to_xmlschema(refcursor, boolean, boolean, text)",
    "ts_stat(text)",
    "ts_stat(text, text)",
    "ts_rewrite(tsquery, text)",
)
"""Functions that run SQL from text or change a setting inside a SELECT."""

CATALOGUES = (
    "pg_class", "pg_namespace", "pg_roles", "pg_authid", "pg_auth_members", "pg_shadow", "pg_user",
    "pg_group", "pg_database", "pg_tables", "pg_views", "pg_indexes", "pg_matviews", "pg_sequences",
    "pg_sequence", "pg_policies", "pg_policy", "pg_proc", "pg_trigger", "pg_rules", "pg_rewrite",
    "pg_attribute", "pg_constraint", "pg_depend", "pg_shdepend", "pg_description", "pg_settings",
    "pg_locks", "pg_prepared_xacts", "pg_prepared_statements", "pg_cursors", "pg_stats",
    "pg_stats_ext", "pg_stats_ext_exprs", "pg_statistic_ext", "pg_default_acl", "pg_init_privs",
    "pg_largeobject_metadata", "pg_file_settings", "pg_hba_file_rules", "pg_db_role_setting",
    "pg_publication_tables", "pg_stat_activity", "pg_stat_all_tables", "pg_stat_all_indexes",
    "pg_stat_user_tables", "pg_stat_user_indexes", "pg_stat_sys_tables", "pg_stat_sys_indexes",
    "pg_stat_xact_all_tables", "pg_stat_xact_user_tables", "pg_stat_database",
    "pg_stat_user_functions", "pg_stat_xact_user_functions", "pg_stat_replication",
    "pg_stat_ssl", "pg_stat_gssapi", "pg_stat_io", "pg_statio_all_tables", "pg_statio_all_indexes",
    "pg_statio_user_tables", "pg_statio_user_indexes", "pg_statio_user_sequences",
    "pg_stat_progress_vacuum", "pg_stat_progress_analyze", "pg_stat_progress_create_index",
    "pg_stat_progress_cluster", "pg_stat_progress_copy", "pg_available_extension_versions",
)  # fmt: skip
"""Catalogues and views that name other shops or show what they do."""

LANGUAGES = ("plpgsql", "sql")


@dataclass(frozen=True, slots=True)
class Measure:
    """One of the measures, with the question whose answer must be true once it is in place."""

    name: str
    statements: tuple[str, ...]
    checks: tuple[str, ...]


def _catalogue_revokes() -> tuple[str, ...]:
    return tuple(
        statement
        for name in CATALOGUES
        for statement in (
            f"REVOKE ALL ON pg_catalog.{name} FROM PUBLIC",
            f"GRANT SELECT ON pg_catalog.{name} TO galleria_owner, galleria_tools",
        )
    )


def _large_object_functions(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        r"SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace"
        r" AND (proname LIKE 'lo\_%' OR proname IN ('loread', 'lowrite'))"
    ).fetchall()
    return [row[0] for row in rows]


def measures(connection: psycopg.Connection) -> list[Measure]:
    """Return the measures as SQL for this database; the sixth, logins, is made with the roles."""
    large_objects = tuple(_large_object_functions(connection))
    database = connection.info.dbname
    return [
        Measure(
            "no SELECT can change a setting or the role",
            (f"REVOKE EXECUTE ON FUNCTION {TEXT_RUNNERS[0]} FROM PUBLIC",),
            (_cannot_execute(TEXT_RUNNERS[0]),),
        ),
        Measure(
            "no function runs SQL from text, no large objects",
            tuple(
                f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC"
                for name in (*TEXT_RUNNERS[1:], *large_objects)
            ),
            tuple(_cannot_execute(name) for name in (*TEXT_RUNNERS[1:], *large_objects)),
        ),
        Measure("the cursor speaks the extended protocol only (in the application)", (), ()),
        Measure(
            "nothing can be created: no temporary tables, functions, schemas",
            (
                f'REVOKE TEMPORARY, CREATE ON DATABASE "{database}" FROM PUBLIC',
                "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
                *(f"REVOKE USAGE ON LANGUAGE {language} FROM PUBLIC" for language in LANGUAGES),
                *(
                    f"GRANT USAGE ON LANGUAGE {language} TO galleria_owner"
                    for language in LANGUAGES
                ),
                "ALTER DEFAULT PRIVILEGES FOR ROLE galleria_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
            ),
            (
                f"SELECT NOT has_database_privilege('shop', '{database}', 'TEMPORARY')",
                f"SELECT NOT has_database_privilege('shop', '{database}', 'CREATE')",
                "SELECT NOT has_schema_privilege('shop', 'public', 'CREATE')",
                *(
                    f"SELECT NOT has_language_privilege('shop', '{language}', 'USAGE')"
                    for language in LANGUAGES
                ),
            ),
        ),
        Measure(
            "catalogues tell nothing of other shops",
            _catalogue_revokes(),
            tuple(
                f"SELECT NOT has_table_privilege('shop', 'pg_catalog.{name}', 'SELECT')"
                for name in CATALOGUES
            ),
        ),
        Measure(
            "the logins own nothing and may read nothing",
            (),
            (
                "SELECT NOT EXISTS (SELECT FROM pg_roles r JOIN pg_class c ON c.relowner = r.oid"
                " WHERE r.rolcanlogin AND r.rolname LIKE 'galleria\\_login\\_%')",
                "SELECT NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolcanlogin AND r.rolinherit"
                " AND r.rolname LIKE 'galleria\\_login\\_%')",
                "SELECT NOT EXISTS (SELECT FROM pg_roles r JOIN pg_class c"
                " ON has_table_privilege(r.oid, c.oid, 'SELECT')"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE r.rolname LIKE 'galleria\\_login\\_%' AND c.relkind = 'r'"
                " AND (n.nspname IN ('directory', 'platform') OR n.nspname ~ '^t_[0-9]{5,}$'))",
            ),
        ),
    ]


def _cannot_execute(function: str) -> str:
    return f"SELECT NOT has_function_privilege('shop', '{function}', 'EXECUTE')"


def harden(connection: psycopg.Connection) -> None:
    """Set all measures in this database, as a superuser; then verify them.

    Raises RuntimeError naming the measures that had no effect.
    """
    for measure in measures(connection):
        for statement in measure.statements:
            connection.execute(sql.SQL(statement))
    failing = [name for name, holds in check(connection) if not holds]
    if failing:
        raise RuntimeError("these measures had no effect: " + "; ".join(failing))


def check(connection: psycopg.Connection) -> list[tuple[str, bool]]:
    """Return each measure with whether it is in force; reads catalogues, so not for shops."""
    return [
        (measure.name, all(_answer(connection, question) for question in measure.checks))
        for measure in measures(connection)
    ]


def _answer(connection: psycopg.Connection, question: str) -> bool:
    row = connection.execute(sql.SQL(question)).fetchone()
    return bool(row and row[0])
