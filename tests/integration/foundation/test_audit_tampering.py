"""R14: random changes by someone with a superuser's power, each found; untouched, no false alarm."""

import os
import random
import secrets

import psycopg
import pytest
from sqlalchemy import create_engine, text

from app.foundation.audit.checkpoints import Keys, read_history
from app.foundation.audit.ports import CheckpointStore
from app.foundation.audit.rules import AuditKind
from app.foundation.audit.turns import Signer
from app.foundation.audit.verifying import Fault, verify
from app.foundation.identifiers import new_id
from app.foundation.ports import port
from tests.integration.foundation import tampering
from tests.integration.foundation.audit_rows import seal_all

ROWS = 24
SEED = int(os.environ.get("AUDIT_SEED", "0")) or secrets.randbelow(2**32)


@pytest.fixture(scope="module")
def keys(platform):
    return Keys(platform.configuration.audit_signing_keys)


@pytest.fixture(scope="module")
def log(platform, keys):
    """Three chains, sealed in two turns with a checkpoint after each; a DBA's connection to them."""
    chains = [f"t_{secrets.randbelow(10**6) + 10**8}" for _ in range(3)]
    signer = Signer(port(CheckpointStore), keys)
    for _ in range(2):
        write(platform, chains, ROWS // 2)
        seal_all()
        signer.sign()
    engine = create_engine(platform.server.directory.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield tampering.Log(connection, chains)
        connection.rollback()
    engine.dispose()


def write(platform, chains, count):
    with psycopg.connect(platform.server.directory, autocommit=True) as superuser:
        for number in range(count):
            for chain in chains:
                superuser.execute(
                    "INSERT INTO platform.audit (shop, id, actor, action, object_kind, object_id,"
                    " fields, kind, recorded_at) VALUES (%s, %s, 'system', 'refund_done', 'refund',"
                    " %s, '{\"amount\": 5}', %s, statement_timestamp())",
                    [chain, new_id(), str(new_id()), list(AuditKind)[number % 4].value],
                )


@pytest.fixture(scope="module")
def claims(platform, log, keys):
    history = read_history(port(CheckpointStore), keys)
    assert history.faults == []
    return history.claims_of("main")


def look(log, claims):
    """Return what verification finds now."""
    now = log.connection.execute(text("SELECT statement_timestamp()")).scalar_one()
    report = verify(log.connection, database="main", now=now, claims=claims, chains=log.chains)
    return report.findings


def tamper(log, claims, change, chance):
    """Make one change, look, and take it back."""
    savepoint = log.connection.begin_nested()
    try:
        hit = change(chance, log)
        return hit, look(log, claims)
    finally:
        savepoint.rollback()


def tamper_often(log, claims, count):
    chance = random.Random(SEED)
    missed, alarms = [], 0
    for number in range(count):
        change = tampering.CHANGES[number % len(tampering.CHANGES)]
        hit, found = tamper(log, claims, change, chance)
        if not found:
            missed.append((number, change.__name__, hit))
        if number % 20 == 0:
            alarms += len(look(log, claims))
    assert missed == [], f"AUDIT_SEED={SEED}"
    assert alarms == 0


def test_a_thousand_changes_are_found(log, claims):
    tamper_often(log, claims, 1_000)


@pytest.mark.nightly
def test_ten_thousand_changes_are_found(log, claims):
    tamper_often(log, claims, 10_000)


@pytest.mark.parametrize("change", tampering.NEED_CHECKPOINT, ids=lambda change: change.__name__)
def test_control_without_a_checkpoint_a_chain_computed_again_is_missed(log, claims, change):
    chance = random.Random(SEED)
    for _ in range(5):
        _, found = tamper(log, {}, change, chance)
        assert found == []
        _, found = tamper(log, claims, change, chance)
        assert {finding.fault for finding in found} <= {Fault.RECOMPUTED, Fault.CUT}
        assert found


NAMED = {
    tampering.edit_row: {Fault.EDITED}, tampering.remove_row: {Fault.REMOVED},
    tampering.put_in: {Fault.INSERTED}, tampering.swap_rows: {Fault.EDITED},
    tampering.edit_and_recompute: {Fault.RECOMPUTED}, tampering.empty_chain: {Fault.CUT},
}  # fmt: skip


@pytest.mark.parametrize("change", NAMED, ids=lambda change: change.__name__)
def test_a_finding_names_what_was_done_and_where(log, claims, change):
    hit, found = tamper(log, claims, change, random.Random(SEED))
    assert {finding.fault for finding in found} == NAMED[change]
    assert {finding.chain for finding in found} == {hit.split()[-1]}
    if change is not tampering.empty_chain:
        assert all(finding.audit_id for finding in found)


def test_an_older_checkpoint_shows_what_was_forged_before_the_newest(log, claims):
    """Who forges and then lets a checkpoint be made still meets the one before it."""
    chain = log.chains[0]
    newest = max(claims[chain])
    older = {chain: {position: h for position, h in claims[chain].items() if position < newest}}
    savepoint = log.connection.begin_nested()
    entry = log.entries[chain][2]
    log.run("UPDATE platform.audit SET actor = 'another' WHERE id = :id", id=entry.audit_id)
    tampering.recompute(log, chain)
    found = look(log, older)
    savepoint.rollback()
    assert [finding.fault for finding in found] == [Fault.RECOMPUTED]
