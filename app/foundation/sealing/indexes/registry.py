"""What the database demands of indexes: under which keys every account must be claimed."""

from sqlalchemy import ColumnElement, Table, and_, delete, func, literal, not_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.foundation.database import ShopScope, db, directory_scope
from app.foundation.models import BlindIndexKey
from app.foundation.sealing.indexes.inventory import OTHER, index_name, indexed_tables, is_behind
from app.foundation.sealing.ring import key_ring
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

CLEARED_AT_ONCE = 500


def begin_changing(unit: UnitOfWork) -> bool:
    """Note in the directory that the first key is coming into use; False where it is known."""
    name = key_ring().index_names[0]
    begun = unit.connection.execute(
        insert(BlindIndexKey)
        .values(name=name, is_complete=False)
        .on_conflict_do_nothing()
        .returning(BlindIndexKey.name)
    ).first()
    if begun is not None:
        unit.audit(
            actor="operator", action="change_index_key", object_kind="key",
            object_id=name.hex() or "unnamed",
        )  # fmt: skip
    return begun is not None


def finish_changing() -> bool:
    """Let the former keys go, where every account is claimed under the first one.

    It waits for transactions that are claiming, and they for it. The caller has found nothing
    behind in the shops. False where something still needs a former key, such as an account that was
    made meanwhile, or an erasure under way.
    """
    with unit_of_work(directory_scope()) as unit:
        unit.connection.execute(select(BlindIndexKey.name).with_for_update())
        if any(_lacks(unit, table) for table in _tables_with_other()):
            return False
        name = key_ring().index_names[0]
        unit.connection.execute(
            update(BlindIndexKey).where(BlindIndexKey.name == name).values(is_complete=True)
        )
        unit.connection.execute(delete(BlindIndexKey).where(BlindIndexKey.name != name))
    for table in _tables_with_other():
        while _clear_some(table):
            pass
    return True


def _tables_with_other() -> list[Table]:
    tables = db.metadatas["directory"].sorted_tables
    return [table for table in tables if OTHER in table.columns]


def _lacks(unit: UnitOfWork, table: Table) -> bool:
    """Whether a row is still to be written anew; one that cannot be counts where it has neither."""
    name = key_ring().index_names[0]
    lacking = is_behind(table.c.email_index, name)
    if table not in {each.table for each in indexed_tables(unit.scope)}:
        other = table.c[OTHER]
        lacking &= not_(and_(other.is_not(None), index_name(other) == name))
    return unit.connection.execute(select(table.c.id).where(lacking).limit(1)).first() is not None


def _clear_some(table: Table) -> int:
    """Remove indexes under keys that are let go; the trigger does it for whoever still writes them."""
    with unit_of_work(directory_scope()) as unit:
        ids = unit.connection.execute(
            select(table.c.id)
            .where(_is_let_go(table))
            .limit(CLEARED_AT_ONCE)
            .with_for_update(skip_locked=True)
        ).scalars()
        cleared = unit.connection.execute(
            update(table).where(table.c.id.in_(list(ids))).values({OTHER: None})
        )
        return cleared.rowcount


def _is_let_go(table: Table) -> ColumnElement[bool]:
    known = select(BlindIndexKey.name)
    return table.c[OTHER].is_not(None) & index_name(table.c[OTHER]).not_in(known)


def is_behind_anywhere(unit: UnitOfWork) -> bool:
    """Whether a row of a place is still to be written anew."""
    return any(
        unit.connection.execute(select(literal(1)).select_from(table).where(test).limit(1)).first()
        for table, test in _row_tests(unit)
    )


def count_behind(unit: UnitOfWork) -> dict[str, int]:
    """Count by table what a place still looks up by another key than the first; reads every row."""
    tests = _row_tests(unit)
    if unit.scope == directory_scope():
        tests += [(table, _is_let_go(table)) for table in _tables_with_other()]
        name = key_ring().index_names[0]
        tests.append((_table(BlindIndexKey.__tablename__), BlindIndexKey.name != name))
    counts: dict[str, int] = {}
    for table, test in tests:
        query = select(func.count()).select_from(table).where(test)
        found = unit.connection.execute(query).scalar_one()
        if found:
            counts[table.name] = counts.get(table.name, 0) + found
    return counts


def _row_tests(unit: UnitOfWork) -> list[tuple[Table, ColumnElement[bool]]]:
    name = key_ring().index_names[0]
    tests = [(each.table, is_behind(each.index, name)) for each in indexed_tables(unit.scope)]
    if isinstance(unit.scope, ShopScope):
        people = unit.keys.people_table
        tests.append((people, is_behind(people.c.owner, name)))
    return tests


def _table(name: str) -> Table:
    return db.metadatas["directory"].tables[f"directory.{name}"]


def count_spent_codes(unit: UnitOfWork) -> int:
    """Count the people whose unused recovery codes end with a former key: nobody can write them anew."""
    codes = _table("recovery_code")
    behind = is_behind(codes.c.code_hash, key_ring().index_names[0])
    query = select(func.count(func.distinct(codes.c.person_id)))
    return unit.connection.execute(query.where(behind, codes.c.used_at.is_(None))).scalar_one()
