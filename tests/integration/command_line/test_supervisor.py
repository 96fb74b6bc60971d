"""Programs under watch: started again with growing pauses, and ended to the last grandchild."""

import os
import sys

import pytest

from app.command_line.embedded import EmbeddedServerError, process
from app.command_line.embedded.process import MARK
from app.command_line.embedded.supervisor import Program, Supervisor

pytestmark = pytest.mark.crash


class Clock:
    """A clock that the test moves."""

    now = 1000.0

    def __call__(self):
        return self.now


def make_program(tmp_path, code, **environment):
    return Program(
        "thing",
        [sys.executable, "-c", code],
        {"PATH": os.defpath, **environment},
        tmp_path / "thing.log",
        tmp_path,
    )


def ended(program):
    return process.wait_until(lambda: not program.is_running(), 5)


def test_a_program_that_falls_is_started_again_after_growing_pauses(tmp_path):
    said, clock = [], Clock()
    supervisor = Supervisor(said.append, clock)
    program = make_program(tmp_path, "print('one more', flush=True)")
    supervisor.run(program)
    for pause in (1, 2, 4):
        assert ended(program)
        supervisor.look_after()
        assert f"starts again in {pause} s" in said[-1]
        clock.now += pause - 0.1
        supervisor.look_after()
        assert "starts again" in said[-1], "not before its time"
        clock.now += 0.2
        supervisor.look_after()
        assert said[-1] == "thing runs again."
    assert ended(program)
    assert program.log.read_text() == "one more\n" * 4


def test_after_a_steady_minute_the_pause_is_short_again(tmp_path):
    said, clock = [], Clock()
    supervisor = Supervisor(said.append, clock)
    program = make_program(tmp_path, "")
    supervisor.run(program)
    for seconds, pause in ((0, 1), (2, 2), (70, 1)):
        assert ended(program)
        clock.now += seconds
        supervisor.look_after()
        assert f"starts again in {pause} s" in said[-1]
        clock.now += pause + 0.1
        supervisor.look_after()
    assert ended(program)


def test_a_program_that_ends_while_starting_shows_its_last_words(tmp_path):
    program = make_program(tmp_path, "raise SystemExit('no such table')")
    program.start()
    with pytest.raises(EmbeddedServerError, match="thing ended while starting:\nno such table"):
        program.wait_until_ready(lambda: False, 5)


def test_stopping_ends_the_children_of_children(tmp_path):
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    supervisor = Supervisor(print)
    program = make_program(tmp_path, code)
    supervisor.run(program)
    assert process.wait_until(lambda: program.log.read_text().endswith("\n"), 5)
    grandchild = int(program.log.read_text())
    supervisor.stop()
    assert not program.is_running()
    assert process.wait_until(lambda: not process.is_alive(grandchild), 5)


def test_what_escaped_all_that_is_found_by_its_mark(tmp_path):
    escape = (
        "import os, signal, time; os.setsid(); signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    )
    code = (
        "import subprocess, sys\n"
        f"print(subprocess.Popen([sys.executable, '-c', {escape!r}]).pid, flush=True)"
    )
    program = make_program(tmp_path, code, **{MARK: str(tmp_path)})
    program.start()
    assert ended(program)
    stray = int(program.log.read_text())
    assert process.is_alive(stray)
    assert process.end_marked("another folder's mark") == 0
    assert process.is_alive(stray), "the control: another mark leaves it alone"
    assert process.end_marked(str(tmp_path)) == 1
    assert not process.is_alive(stray)


def test_a_large_log_keeps_one_earlier_volume(tmp_path):
    program = make_program(tmp_path, "print('fresh')")
    with program.log.open("wb") as log:
        log.truncate(11 * 1024 * 1024)
    program.start()
    assert ended(program)
    assert program.log.read_text() == "fresh\n"
    assert program.log.with_suffix(".log.1").stat().st_size == 11 * 1024 * 1024
