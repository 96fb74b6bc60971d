"""The embedded Valkey, and an owner that is killed."""

import os
import signal

import pytest
import redis

from app.command_line.embedded import EmbeddedValkey, StateInUseError, process

pytestmark = pytest.mark.crash

OWNER = """
from pathlib import Path
from app.command_line.embedded import EmbeddedValkey, process
{before}
valkey = EmbeddedValkey(Path({state!r}))
valkey.start()
print(valkey.pid)
"""


def connect(url):
    return redis.Redis.from_url(url, socket_timeout=5)


def test_it_answers_to_its_password_only(state):
    with EmbeddedValkey(state) as valkey, connect(valkey.url) as client:
        assert client.ping()
        with (
            redis.Redis(host="127.0.0.1", port=valkey.port) as stranger,
            pytest.raises(redis.AuthenticationError),
        ):
            stranger.ping()
    assert not process.is_port_free(valkey.port) or valkey.pid == 0


def test_what_it_holds_outlives_an_orderly_restart(state):
    with EmbeddedValkey(state) as valkey, connect(valkey.url) as client:
        client.set("kept", "yes")
    with EmbeddedValkey(state) as valkey, connect(valkey.url) as client:
        assert client.get("kept") == b"yes"


def test_a_killed_owner_takes_the_server_along(state, owner):
    running, said = owner(OWNER.format(before="", state=str(state)))
    assert process.is_alive(int(said))
    running.kill()
    assert process.wait_until(lambda: not process.is_alive(int(said)), 10)


def test_a_server_left_behind_is_ended_at_the_next_start(state, owner):
    before = "process._follow_parent = lambda number: (lambda: None)"
    running, said = owner(OWNER.format(before=before, state=str(state)))
    running.kill()
    running.wait()
    assert process.is_alive(int(said)), "the control: without the signal it lives on"
    with EmbeddedValkey(state) as valkey, connect(valkey.url) as client:
        assert not process.is_alive(int(said))
        assert client.ping()


def test_a_killed_server_starts_again_with_the_same_address(state):
    with EmbeddedValkey(state) as valkey:
        before = valkey.url
        os.kill(valkey.pid, signal.SIGKILL)
        assert process.wait_until(lambda: not valkey.is_running(), 5)
        assert valkey.restart_after_crash() == before
        with connect(before) as client:
            assert client.ping()


def test_a_folder_in_use_is_refused(state):
    with EmbeddedValkey(state), pytest.raises(StateInUseError, match="in use by process"):
        EmbeddedValkey(state).start()
