"""What someone with a superuser's power may do to the log: one random change at a time.

Triggers are off, and whoever recomputes a chain knows how it is made. Each change takes a random
source, the connection and what stands there, makes one change, and returns the chain it hit.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from app.foundation.audit.chain import ROW_TEXT, START, Entry, hash_entry, hash_row

ROW_VALUES = {
    "actor": "'{n}'", "action": "'changed-{n}'", "object_kind": "'changed-{n}'",
    "object_id": "'changed-{n}'", "before": "'{{\"state\": \"{n}\"}}'",
    "after": "after || '{{\"state\": \"{n}\"}}'", "fields": "fields - 'amount'",
    "place": "'{n:016x}'", "network": "'10.{n}.0.0/24'", "trace": "'changed-{n}'",
    "recorded_at": "recorded_at + interval '{n} microseconds'",
    "xact": "(xact::text::bigint + {n})::text::xid8",
    "kind": "CASE kind WHEN 'money' THEN 'action' ELSE 'money' END",
}  # fmt: skip
"""A new value for each column of a row, never the one that was there."""
ENTRY_VALUES = {
    "audit_id": "gen_random_uuid()", "xact": "(xact::text::bigint + {n})::text::xid8",
    "kind": "CASE kind WHEN 'money' THEN 'action' ELSE 'money' END",
    "sealed_at": "sealed_at - interval '{n} years'", "row_hash": "sha256('{n}')",
    "hash": "sha256('{n}')", "position": "position + 1000 + {n}",
}  # fmt: skip


class Log:
    """The chains under test, as someone with all powers sees them."""

    def __init__(self, connection: Any, chains: list[str]) -> None:
        self.connection = connection
        self.chains = chains
        self.entries = {
            chain: connection.execute(
                text(
                    "SELECT position, audit_id, xact::text AS xact FROM platform.audit_chain"
                    " WHERE chain = :chain ORDER BY position"
                ),
                {"chain": chain},
            ).all()
            for chain in chains
        }

    def run(self, statement: str, **facts: Any) -> None:
        """Change something."""
        self.connection.execute(text(statement), facts)

    def pick(self, chance: Any) -> tuple[str, Any]:
        """Return a chain and one of its entries."""
        chain = chance.choice(self.chains)
        return chain, chance.choice(self.entries[chain])

    def pick_two(self, chance: Any) -> tuple[str, Any, Any]:
        """Return a chain and two of its entries."""
        chain = chance.choice(self.chains)
        return chain, *chance.sample(self.entries[chain], 2)


def edit_row(chance: Any, log: Log) -> str:
    chain, entry = log.pick(chance)
    column = chance.choice(sorted(ROW_VALUES))
    value = ROW_VALUES[column].format(n=chance.randint(1, 250))
    log.run(f"UPDATE platform.audit SET {column} = {value} WHERE id = :id", id=entry.audit_id)
    return f"{column} {chain}"


def edit_entry(chance: Any, log: Log) -> str:
    chain, entry = log.pick(chance)
    column = chance.choice(sorted(ENTRY_VALUES))
    value = ENTRY_VALUES[column].format(n=chance.randint(1, 50))
    log.run(
        f"UPDATE platform.audit_chain SET {column} = {value}"
        " WHERE chain = :chain AND position = :position",
        chain=chain, position=entry.position,
    )  # fmt: skip
    return f"{column} {chain}"


def remove_row(chance: Any, log: Log) -> str:
    chain, entry = log.pick(chance)
    log.run("DELETE FROM platform.audit WHERE id = :id", id=entry.audit_id)
    return chain


def remove_entry(chance: Any, log: Log) -> str:
    chain, entry = log.pick(chance)
    log.run("DELETE FROM platform.audit_chain WHERE audit_id = :id", id=entry.audit_id)
    return chain


def remove_both(chance: Any, log: Log) -> str:
    chain, entry = log.pick(chance)
    for table, column in (("audit", "id"), ("audit_chain", "audit_id")):
        log.run(f"DELETE FROM platform.{table} WHERE {column} = :id", id=entry.audit_id)
    return chain


def cut_tail(chance: Any, log: Log) -> str:
    """Take the end of a chain away, with its rows or leaving them to be sealed again."""
    chain, entry = log.pick(chance)
    if chance.random() < 0.7:
        log.run(
            "DELETE FROM platform.audit a USING platform.audit_chain c WHERE c.chain = :chain"
            " AND c.position >= :position AND a.id = c.audit_id",
            chain=chain, position=entry.position,
        )  # fmt: skip
    log.run(
        "DELETE FROM platform.audit_chain WHERE chain = :chain AND position >= :position",
        chain=chain, position=entry.position,
    )  # fmt: skip
    return chain


def swap_rows(chance: Any, log: Log) -> str:
    """Let two rows change their places: each keeps its id and gets the other's content."""
    chain, one, other = log.pick_two(chance)
    log.run(
        "UPDATE platform.audit a SET object_id = b.object_id, recorded_at = b.recorded_at,"
        " fields = b.fields, actor = b.actor FROM platform.audit b"
        " WHERE (a.id = :one AND b.id = :other) OR (a.id = :other AND b.id = :one)",
        one=one.audit_id, other=other.audit_id,
    )  # fmt: skip
    return chain


def swap_entries(chance: Any, log: Log) -> str:
    """Let two entries change their places in the chain."""
    chain, one, other = log.pick_two(chance)
    for before, after in ((one.position, -1), (other.position, one.position), (-1, other.position)):
        log.run("ALTER TABLE platform.audit_chain DROP CONSTRAINT IF EXISTS"
                " audit_chain_position_check")  # fmt: skip
        log.run(
            "UPDATE platform.audit_chain SET position = :after"
            " WHERE chain = :chain AND position = :before",
            chain=chain, before=before, after=after,
        )  # fmt: skip
    return chain


def put_in(chance: Any, log: Log) -> str:
    """Put a row in among those that are sealed, without an entry."""
    chain, entry = log.pick(chance)
    _copy_row(log, entry, uuid4())
    return chain


def move_row(chance: Any, log: Log) -> str:
    """Let another shop have done it."""
    chain, entry = log.pick(chance)
    other = chance.choice([name for name in log.chains if name != chain])
    log.run("UPDATE platform.audit SET shop = :other WHERE id = :id", other=other,
            id=entry.audit_id)  # fmt: skip
    return chain


def edit_and_recompute(chance: Any, log: Log) -> str:
    """Change a row, and compute the chain again from there."""
    chain, entry = log.pick(chance)
    log.run("UPDATE platform.audit SET actor = 'another' WHERE id = :id", id=entry.audit_id)
    recompute(log, chain)
    return chain


def remove_and_recompute(chance: Any, log: Log) -> str:
    """Take a row out, close the gap, and compute the chain again."""
    chain, entry = log.pick(chance)
    log.run("DELETE FROM platform.audit WHERE id = :id", id=entry.audit_id)
    log.run("DELETE FROM platform.audit_chain WHERE audit_id = :id", id=entry.audit_id)
    for later in log.entries[chain]:
        if later.position > entry.position:
            log.run(
                "UPDATE platform.audit_chain SET position = :to WHERE audit_id = :id",
                to=later.position - 1, id=later.audit_id,
            )  # fmt: skip
    recompute(log, chain)
    return chain


def put_in_and_recompute(chance: Any, log: Log) -> str:
    """Put a row in at the end, with an entry that follows: only longer than any checkpoint saw.

    The row takes an older one's place, so that what was there moves to the end.
    """
    chain, entry = log.pick(chance)
    fresh, last = uuid4(), log.entries[chain][-1].position + 1
    _copy_row(log, entry, fresh)
    log.run(
        "UPDATE platform.audit_chain SET position = :last WHERE audit_id = :id",
        last=last, id=entry.audit_id,
    )  # fmt: skip
    log.run(
        "INSERT INTO platform.audit_chain (chain, position, audit_id, xact, kind, sealed_at,"
        " row_hash, hash) SELECT chain, :position, :fresh, xact, kind, sealed_at, row_hash, hash"
        " FROM platform.audit_chain WHERE audit_id = :id",
        position=entry.position, fresh=fresh, id=entry.audit_id,
    )  # fmt: skip
    recompute(log, chain)
    return chain


def feign_expiry(chance: Any, log: Log) -> str:
    """Take a row away as if its time were over, and compute the chain again."""
    chain, entry = log.pick(chance)
    log.run("DELETE FROM platform.audit WHERE id = :id", id=entry.audit_id)
    log.run(
        "UPDATE platform.audit_chain SET sealed_at = sealed_at - interval '8 years'"
        " WHERE audit_id = :id",
        id=entry.audit_id,
    )
    if chance.random() < 0.5:
        recompute(log, chain)
    return chain


def empty_chain(chance: Any, log: Log) -> str:
    """Take a whole shop's log away."""
    chain = chance.choice(log.chains)
    log.run("DELETE FROM platform.audit WHERE shop = :chain", chain=chain)
    log.run("DELETE FROM platform.audit_chain WHERE chain = :chain", chain=chain)
    return chain


def recompute(log: Log, chain: str) -> None:
    """Compute a chain again from its rows, as the sealer would."""
    rows = log.connection.execute(
        text(
            "SELECT c.position, c.audit_id, c.xact::text AS xact, c.kind, c.row_hash,"
            " (extract(epoch FROM c.sealed_at) * 1000000)::bigint AS sealed_at,"
            f" CASE WHEN a.id IS NOT NULL THEN {ROW_TEXT} END AS row_text"
            " FROM platform.audit_chain c LEFT JOIN platform.audit a ON a.id = c.audit_id"
            " WHERE c.chain = :chain ORDER BY c.position"
        ),
        {"chain": chain},
    ).all()
    last = START
    for row in rows:
        row_hash = hash_row(row.row_text) if row.row_text else bytes(row.row_hash)
        entry = Entry(
            chain,
            row.position,
            row.audit_id.bytes,
            int(row.xact),
            row.kind,
            row.sealed_at,
            row_hash,
        )
        last = hash_entry(last, entry)
        log.run(
            "UPDATE platform.audit_chain SET row_hash = :row_hash, hash = :hash WHERE audit_id = :id",
            row_hash=row_hash, hash=last, id=row.audit_id,
        )  # fmt: skip


def _copy_row(log: Log, entry: Any, fresh: UUID) -> None:
    log.run(
        "INSERT INTO platform.audit SELECT (r).* FROM (SELECT jsonb_populate_record(a,"
        " jsonb_build_object('id', CAST(:fresh AS text), 'actor', 'forged')) AS r"
        " FROM platform.audit a WHERE a.id = :id) f",
        fresh=str(fresh), id=entry.audit_id,
    )  # fmt: skip


CHANGES = (
    edit_row, edit_entry, remove_row, remove_entry, remove_both, cut_tail, swap_rows, swap_entries,
    put_in, move_row, edit_and_recompute, remove_and_recompute, put_in_and_recompute, feign_expiry,
    empty_chain,
)  # fmt: skip
NEED_CHECKPOINT = (edit_and_recompute, remove_and_recompute, put_in_and_recompute, empty_chain)
"""What leaves a chain that holds in itself: without a checkpoint nothing is found."""
