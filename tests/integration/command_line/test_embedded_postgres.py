"""The embedded PostgreSQL under everything that may happen to it and its owner."""

import os
import signal
import time

import psycopg
import pytest

from app.command_line.embedded import (
    EmbeddedPostgres,
    EmbeddedServerError,
    StateInUseError,
    process,
    test_servers,
)

pytestmark = pytest.mark.crash

OWNER = """
from pathlib import Path
from app.command_line.embedded import EmbeddedPostgres, process
{before}
postgres = EmbeddedPostgres(Path({state!r}))
postgres.start()
print(postgres.pid, postgres.port)
"""
WITHOUT_DEATH_SIGNAL = "process._follow_parent = lambda number: (lambda: None)"


def ask(dsn, query, *parameters):
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []


def test_it_is_set_up_as_production_is(state):
    with EmbeddedPostgres(state) as postgres:
        facts = ask(
            postgres.dsn,
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('fsync'),"
            " datlocprovider::text, datlocale, pg_encoding_to_char(encoding),"
            " current_setting('data_checksums'), current_setting('max_locks_per_transaction')"
            " FROM pg_database WHERE datname = 'postgres'",
        )
    assert facts == [(18, "on", "b", "C.UTF-8", "UTF8", "on", "512")]


def test_it_listens_on_loopback_only_and_asks_for_the_password(state):
    with EmbeddedPostgres(state, is_durable=False) as postgres:
        assert ask(postgres.dsn, "SELECT current_setting('listen_addresses')") == [("127.0.0.1",)]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://postgres:guess@127.0.0.1:{postgres.port}/postgres")
    assert (state / "postgres" / "password").stat().st_mode & 0o077 == 0


def test_what_was_written_is_there_after_a_restart(state):
    with EmbeddedPostgres(state, is_durable=False) as postgres:
        ask(postgres.dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    with EmbeddedPostgres(state, is_durable=False) as postgres:
        assert ask(postgres.dsn, "SELECT answer FROM kept") == [(42,)]


def test_stopping_leaves_nothing(state):
    postgres = EmbeddedPostgres(state, is_durable=False)
    postgres.start()
    pid = postgres.pid
    postgres.stop()
    assert not process.is_alive(pid)
    assert not (state / "postgres" / "data" / "postmaster.pid").exists()


def test_a_killed_owner_takes_the_server_along(state, owner):
    running, said = owner(OWNER.format(before="", state=str(state)))
    pid = int(said.split()[0])
    assert process.is_alive(pid)
    running.kill()
    assert process.wait_until(lambda: not process.is_alive(pid), 20)


def test_a_server_left_behind_is_ended_at_the_next_start(state, owner):
    running, said = owner(OWNER.format(before=WITHOUT_DEATH_SIGNAL, state=str(state)))
    left_behind = int(said.split()[0])
    running.kill()
    running.wait()
    assert process.is_alive(left_behind), "the control: without the signal it lives on"
    with EmbeddedPostgres(state) as postgres:
        assert not process.is_alive(left_behind)
        assert ask(postgres.dsn, "SELECT 1") == [(1,)]


def test_a_folder_in_use_is_refused_with_who_uses_it(state, owner):
    running, _ = owner(OWNER.format(before="", state=str(state)))
    with pytest.raises(StateInUseError, match=f"in use by process {running.pid}"):
        EmbeddedPostgres(state).start()


def test_a_killed_server_starts_again_where_it_was(state):
    with EmbeddedPostgres(state) as postgres:
        before, port = postgres.dsn, postgres.port
        ask(before, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(postgres.pid, signal.SIGKILL)
        assert process.wait_until(lambda: not postgres.is_running(), 5)
        assert postgres.restart_after_crash() == before
        assert postgres.port == port
        assert ask(before, "SELECT answer FROM kept") == [(42,)]


def test_half_a_cluster_is_thrown_away(state):
    half = state / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(state, is_durable=False) as postgres:
        assert ask(postgres.dsn, "SELECT 1") == [(1,)]


def test_a_note_that_names_another_process_is_no_obstacle(state):
    with EmbeddedPostgres(state, is_durable=False):
        pass
    note = state / "postgres" / "data" / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{note.parent}\n0\n5432\n\n127.0.0.1\n\nready   \n")
    with EmbeddedPostgres(state, is_durable=False) as postgres:
        assert ask(postgres.dsn, "SELECT 1") == [(1,)]
    assert process.is_alive(os.getpid())


def test_another_release_s_files_are_refused(state):
    with EmbeddedPostgres(state, is_durable=False):
        pass
    (state / "postgres" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedServerError, match=r"made by PostgreSQL 17.*brings 18\."):
        EmbeddedPostgres(state, is_durable=False).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts it as another user")
def test_a_folder_that_the_other_user_cannot_enter_is_refused(state):
    closed = state / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedServerError, match="runs as the user nobody, who cannot enter"):
        EmbeddedPostgres(closed / "inside").start()
    assert closed.stat().st_mode & 0o777 == 0o700, "no mode of a folder is changed for it"


def test_nothing_is_taken_from_the_path(state, monkeypatch):
    programs = state / "programs"
    programs.mkdir()
    trap = state / "trap"
    for name in ("postgres", "initdb", "pg_ctl"):
        (programs / name).write_text(f"#!/bin/sh\ntouch {trap}\nexit 1\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    with EmbeddedPostgres(state, is_durable=False) as postgres:
        assert ask(postgres.dsn, "SELECT 1") == [(1,)]
    assert not trap.exists()


def test_it_is_quick_once_its_files_are_there(state):
    seconds = []
    for _ in range(4):
        started = time.monotonic()
        with EmbeddedPostgres(state, is_durable=False):
            seconds.append(time.monotonic() - started)
    assert min(seconds[1:]) < 2


def test_two_test_runs_use_two_states(state):
    with test_servers(state, {}) as first, test_servers(state, {}) as second:
        assert first.state != second.state
        ask(first.superuser_dsn, "CREATE DATABASE here")
        assert ask(second.superuser_dsn, "SELECT 1 FROM pg_database WHERE datname = 'here'") == []
    with test_servers(state, {}) as again:
        assert again.state == first.state


def test_servers_of_the_machine_are_used_instead(state):
    given = {"DATABASE_URL": "postgresql://db.internal/x", "REDIS_URL": "redis://cache.internal/0"}
    with test_servers(state, given) as servers:
        assert servers.superuser_dsn == given["DATABASE_URL"]
        assert servers.redis_url == given["REDIS_URL"]
        assert servers.postgres is servers.valkey is None
    assert not (state / "1" / "postgres").exists()
