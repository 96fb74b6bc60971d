"""The script at the root, with almost nothing around it."""

import os
import subprocess
import sys
import threading

import pytest

from app.command_line import launch

SCRIPT = str(launch.CHECKOUT / "galleria")


@pytest.fixture
def empty_requirements(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("# nothing\n")
    return path


def run(arguments, environment):
    return subprocess.run(
        [SCRIPT, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_help_needs_nothing_but_python_in_the_path():
    done = run(["--help"], {"PATH": "/usr/bin:/bin", "GALLERIA_HOME": str(launch.data_folder())})
    assert done.returncode == 0, done.stderr
    for command in ("demo", "test", "check", "requirements"):
        assert f"\n  {command} " in done.stdout
    for variable in ("DATABASE_URL", "REDIS_URL", "STRIPE_API_KEY"):
        assert variable in done.stdout


def test_without_python_it_says_what_to_install(tmp_path):
    done = run(["--help"], {"PATH": str(tmp_path)})
    assert done.returncode == 1
    assert "runs on Python 3.11" in done.stderr
    assert "apt-get install python3.11" in done.stderr


def test_another_python_is_not_taken(tmp_path):
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python3").chmod(0o755)
    assert "runs on Python 3.11" in run([], {"PATH": str(tmp_path)}).stderr


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    done = run(["--help"], {"PATH": "/usr/bin:/bin", "GALLERIA_HOME": str(tmp_path / "file" / "x")})
    assert done.returncode == 1
    assert "GALLERIA_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_a_sentence():
    done = run(["dmeo"], {"PATH": "/usr/bin:/bin", "GALLERIA_HOME": str(launch.data_folder())})
    assert done.returncode == 2
    assert "No such command 'dmeo'" in done.stderr


def test_a_half_made_environment_is_made_again(tmp_path, empty_requirements):
    folder = tmp_path / "venvs" / "abc"
    python = launch.ensure_environment(folder, empty_requirements)
    assert subprocess.run([python, "-c", ""], check=False).returncode == 0
    (folder / launch.MARKER).unlink()
    (folder / "left-over").touch()
    launch.ensure_environment(folder, empty_requirements)
    assert not (folder / "left-over").exists()
    assert (folder / launch.MARKER).exists()


def test_a_complete_environment_is_left_alone(tmp_path, empty_requirements):
    folder = tmp_path / "venvs" / "abc"
    launch.ensure_environment(folder, empty_requirements)
    made_at = (folder / launch.MARKER).stat().st_mtime_ns
    launch.ensure_environment(folder, empty_requirements)
    assert (folder / launch.MARKER).stat().st_mtime_ns == made_at


def test_two_starts_at_once_make_one_environment(tmp_path, empty_requirements, capfd):
    folder = tmp_path / "venvs" / "abc"
    starts = [
        threading.Thread(target=launch.ensure_environment, args=(folder, empty_requirements))
        for _ in range(2)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    said = capfd.readouterr().err
    assert said.count("Installed the Python packages") == 1
    assert "waiting for it" in said


def test_a_package_with_another_hash_is_refused(tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"click==8.5.1 --hash=sha256:{'0' * 64}\n")
    folder = tmp_path / "venvs" / "abc"
    with pytest.raises(launch.SetupError, match="the whole log"):
        launch.ensure_environment(folder, requirements)
    assert not (folder / launch.MARKER).exists()


def test_the_folder_follows_the_pins_and_python(tmp_path, monkeypatch):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("a==1\n")
    first = launch.environment_folder(requirements)
    requirements.write_text("a==2\n")
    assert launch.environment_folder(requirements) != first
    requirements.write_text("a==1\n")
    assert launch.environment_folder(requirements) == first
    monkeypatch.setattr(sys, "version_info", (3, 12, 0))
    assert launch.environment_folder(requirements) != first


def test_an_ordinary_user_keeps_things_at_home(monkeypatch):
    monkeypatch.delenv("GALLERIA_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert str(launch.data_folder()) == "/home/ada/.local/share/galleria"
    monkeypatch.setenv("XDG_DATA_HOME", "/data/ada")
    assert str(launch.data_folder()) == "/data/ada/galleria"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert str(launch.data_folder()) == "/var/lib/galleria"
