"""Checkpoints: signed, following each other, over all chains; and the commands that use them."""

import base64
import json
import os
import random
import re
import secrets
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from app.foundation.audit.chain import Head, hash_heads
from app.foundation.audit.checkpoints import (
    Keys,
    key_name,
    name_of,
    public_key_of,
    read_history,
    write_checkpoint,
)
from app.foundation.audit.ports import CheckpointExistsError, CheckpointStore
from app.foundation.audit.turns import ChainLostError, Signer, seal_database
from app.foundation.audit.verifying import Fault, verify
from app.foundation.database import DIRECTORY, PlatformScope
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from app.gateways.checkpoints.files import FolderCheckpoints, NoCheckpoints
from tests.conftest import ROOT
from tests.integration.foundation.audit_rows import act, seal_all

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def new_key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def keys():
    return Keys((new_key(),))


@pytest.fixture
def store(tmp_path):
    return FolderCheckpoints(tmp_path / "checkpoints")


def heads(*positions):
    return [Head("main", f"t_{n:05d}", p, bytes([n, p]) * 16) for n, p in enumerate(positions)]


def write_some(store, keys):
    for positions in ((1, 2, 3), (1, 5, 3), (1, 5, 3), (4, 6, 9)):
        history = read_history(store, keys)
        write_checkpoint(store, keys, history, heads=heads(*positions), at=AT)


def spoil(store, number, change):
    """Change a checkpoint's file, as whoever owns the folder could."""
    path = store._folder / name_of(number)
    path.chmod(0o600)
    file = json.loads(path.read_text())
    change(file)
    path.write_text(json.dumps(file))


def test_each_names_what_grew_and_the_root_is_over_all(store, keys):
    write_some(store, keys)
    history = read_history(store, keys)
    assert history.faults == []
    assert (history.count, history.last_number, history.last_at) == (4, 4, AT)
    claims = history.claims_of("main")
    assert sorted(claims["t_00001"]) == [2, 5, 6]
    assert sorted(claims["t_00000"]) == [1, 4]
    bodies = [json.loads(json.loads(store.get(name))["body"]) for name in store.list_names()]
    assert [len(body["heads"]) for body in bodies] == [3, 1, 0, 3]
    assert bodies[3]["root"] == hash_heads(reversed(heads(4, 6, 9))).hex()
    assert bodies[1]["root"] == bodies[2]["root"] != bodies[3]["root"]


def test_the_history_in_memory_equals_the_one_that_is_read(store, keys):
    history = read_history(store, keys)
    for positions in ((1, 2), (3, 2), (4, 8)):
        write_checkpoint(store, keys, history, heads=heads(*positions), at=AT)
    assert read_history(store, keys) == history


SPOILED = {
    "a head": lambda file: file.update(body=file["body"].replace('"main"', '"mine"', 1)),
    "the time": lambda file: file.update(body=file["body"].replace("2026", "2027")),
    "the signature": lambda file: file.update(signature=base64.b64encode(bytes(64)).decode()),
    "no base64": lambda file: file.update(signature="?"),
    "the key": lambda file: file.update(key="0" * 16),
    "nothing left": lambda file: file.clear(),
}


@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_changed_file_is_found(store, keys, name, number):
    write_some(store, keys)
    spoil(store, number, SPOILED[name])
    faults = read_history(store, keys).faults
    assert number in {fault.position for fault in faults}
    assert {fault.fault for fault in faults} == {Fault.UNSIGNED}


def test_a_file_signed_anew_by_another_key_is_found(store, keys):
    write_some(store, keys)
    forger = Keys((new_key(),))
    path = store._folder / name_of(4)
    path.unlink()
    write_checkpoint(store, forger, read_history(store, keys), heads=heads(4, 6, 8), at=AT)
    assert "not known" in read_history(store, keys).faults[0].chain


def test_a_missing_a_misplaced_and_a_garbled_file_are_found(store, keys):
    write_some(store, keys)
    third = store.get(name_of(3))
    (store._folder / name_of(3)).unlink()
    assert any("missing" in fault.chain for fault in read_history(store, keys).faults)
    (store._folder / name_of(3)).write_bytes(store.get(name_of(2)))
    assert any("is checkpoint 2" in fault.chain for fault in read_history(store, keys).faults)
    (store._folder / name_of(3)).write_bytes(b"\xff\x00")
    assert read_history(store, keys).faults
    (store._folder / name_of(3)).write_bytes(third)
    assert read_history(store, keys).faults == []
    (store._folder / "notes.txt").write_text("x")
    assert read_history(store, keys).faults


def test_keys_change_without_a_pause_and_an_auditor_needs_only_the_public_ones(store, keys):
    write_some(store, keys)
    changed = Keys((new_key(), *keys.signing))
    write_checkpoint(store, changed, read_history(store, changed), heads=heads(5), at=AT)
    assert read_history(store, changed).faults == []
    public = tuple(public_key_of(key) for key in changed.signing)
    assert read_history(store, Keys(public=public)).faults == []
    assert len(read_history(store, Keys(public=public[1:])).faults) == 1
    names = {json.loads(store.get(name))["key"] for name in store.list_names()}
    assert names == {key_name(key) for key in public}


def test_without_a_key_or_a_place_nothing_is_signed(store, keys):
    with pytest.raises(LookupError, match="AUDIT_SIGNING_KEYS"):
        write_checkpoint(store, Keys(), read_history(store, keys), heads=heads(1), at=AT)
    assert read_history(NoCheckpoints(), keys).count == 0


def test_of_two_sealers_one_signs_and_the_other_reads_what_it_wrote(platform, shop, store, keys):
    act(shop.scope)
    seal_all()
    one, other = Signer(store, keys), Signer(store, keys)
    assert one.sign() == 1
    assert other.sign() == 2
    with pytest.raises(CheckpointExistsError):
        one.sign()
    assert one.sign() == 3
    assert read_history(store, keys).faults == []


def test_nothing_is_signed_over_a_chain_that_was_changed(platform, shop, store, keys):
    """A forged chain must not get a signature: a person looks first."""
    act(shop.scope, 3)
    seal_database("main")
    seal_database(DIRECTORY)
    signer = Signer(store, keys)
    signer.sign()
    with psycopg.connect(platform.server.directory) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            "UPDATE platform.audit_chain SET hash = sha256('x') WHERE chain = %s AND position ="
            " (SELECT max(position) FROM platform.audit_chain WHERE chain = %s)"
            " RETURNING position",
            [shop.schema, shop.schema],
        )
        kept = read_history(store, keys).heads["main", shop.schema]
        superuser.commit()
        try:
            with pytest.raises(ChainLostError, match=shop.schema):
                signer.sign()
            with pytest.raises(ChainLostError):
                Signer(store, keys).sign()
        finally:
            superuser.execute(
                "UPDATE platform.audit_chain SET hash = %s WHERE chain = %s AND position = %s",
                [kept.hash, shop.schema, kept.position],
            )
            superuser.commit()
    assert signer.sign() == 2


def galleria(platform, *arguments, **changes):
    """Run the command as an operator would; return its exit status and what it says."""
    environment = {**os.environ, **platform.environment, **changes, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app.command_line", "audit", *arguments],
        env=environment, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def forged(platform, shop):
    """A row that a DBA changed, after it was sealed and signed; put right at the end."""
    act(shop.scope, 3)
    seal_all()
    change = "UPDATE platform.audit SET actor = {} WHERE id = %s"
    with psycopg.connect(platform.server.directory, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        row = superuser.execute(
            "SELECT id FROM platform.audit WHERE shop = %s ORDER BY id DESC LIMIT 1", [shop.schema]
        ).fetchone()[0]
        superuser.execute(change.format("'another'"), [row])
        yield row
        superuser.execute(change.format("'system'"), [row])


def test_the_command_says_that_the_log_is_whole_and_what_waits(platform, shop):
    status, said = galleria(platform, "seal", "--checkpoint")
    assert status == 0, said
    assert re.search(r"Checkpoint \d+ is kept, signed with the key [0-9a-f]{16}", said)
    act(shop.scope, 2)
    status, said = galleria(platform, "verify")
    assert status == 0, said
    assert "The log is whole" in said
    assert re.search(r"2 rows are not sealed yet, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", said)
    assert re.search(r"\d+ checkpoints, the last, number \d+, of 20", said)


def test_the_command_names_each_fault_and_fails(platform, shop, forged):
    status, said = galleria(platform, "verify", "--shop", shop.slug, "--without-checkpoints")
    assert status == 1
    assert re.search(rf"EDITED +main/{shop.slug} \({shop.schema}\) .*row {forged}", said)
    assert "The log was changed: 1 faults." in said
    assert "Without checkpoints" in said


def test_an_export_has_rows_places_and_hashes(platform, shop):
    act(shop.scope, 2)
    seal_all()
    status, said = galleria(platform, "export", "--shop", shop.slug)
    assert status == 0, said
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["position"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[-1]["row"]["action"] == "ask_refund"
    assert re.fullmatch("[0-9a-f]{64}", lines[-1]["hash"])


def start_sealer(platform, folder):
    """Start the process on its own login, which may do nothing else."""
    logins = {
        database: platform.server.login_dsn("sealer", database, platform.password_secret)
        for database in (DIRECTORY, "main")
    }
    environment = {
        **os.environ, **platform.environment, "PYTHONPATH": str(ROOT),
        "CHECKPOINT_URL": folder.as_uri(), "DIRECTORY_DATABASE_URL": logins[DIRECTORY],
        "CELL_DATABASE_URLS": json.dumps({"main": logins["main"]}),
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "workers", "sealer"], env=environment, cwd=ROOT,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def count_entries(platform):
    with psycopg.connect(platform.server.directory) as connection:
        return connection.execute("SELECT count(*) FROM platform.audit_chain").fetchone()[0]


@pytest.mark.nightly
def test_a_sealer_that_is_killed_leaves_a_chain_that_is_gone_on_with(platform, shop, tmp_path):
    """Kill -9 at random moments, while rows are written; each time another one goes on."""
    ended = threading.Event()

    def write():
        while not ended.wait(0.002):
            act(shop.scope, 5)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(12):
        before, deadline = count_entries(platform), time.monotonic() + 30
        process = start_sealer(platform, tmp_path / "own")
        while count_entries(platform) == before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(random.random() * 0.6)
        process.kill()
        process.communicate()
    ended.set()
    writer.join()
    seal_all()
    history = read_history(
        FolderCheckpoints(tmp_path / "own"), Keys(platform.configuration.audit_signing_keys)
    )
    assert history.faults == []
    assert history.count >= 2
    with unit_of_work(PlatformScope("main", "platform_reader")) as unit:
        report = verify(
            unit.connection, database="main", now=unit.now, claims=history.claims_of("main"),
            chains=[shop.schema],
        )  # fmt: skip
    assert (report.findings, report.unsealed) == ([], 0)
    assert report.entries > 100


def test_the_sealer_process_seals_and_signs_with_its_own_login(platform, shop, tmp_path):
    """The whole process, on the login that may do nothing else."""
    act(shop.scope, 2)
    process = start_sealer(platform, tmp_path / "own")
    store = FolderCheckpoints(tmp_path / "own")
    deadline = time.monotonic() + 40
    while not store.list_names() and time.monotonic() < deadline:
        time.sleep(0.2)
    process.terminate()
    _, said = process.communicate(timeout=20)
    assert store.list_names() == [name_of(1)], said
    history = read_history(store, Keys(platform.configuration.audit_signing_keys))
    assert history.faults == []
    assert ("main", shop.schema) in history.heads
    assert seal_database("main") == 0, "nothing was left to seal"
    assert history.last_at is not None
    assert datetime.now(UTC) - history.last_at < timedelta(minutes=2)
    assert port(CheckpointStore) is not store
