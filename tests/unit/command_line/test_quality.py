"""The checks go on after a failure, and browser tests are left out with a word about it."""

import os

import pytest
from click.testing import CliRunner

from app.command_line.errors import CommandError
from app.command_line.quality import check, chromium, migrations
from app.command_line.quality.tests import leave_out_browser, side_by_side
from tests.conftest import LONGEST_FIRST, ROOT


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["-m", "not browser"]),
        (["-k", "cart"], ["-m", "not browser", "-k", "cart"]),
        (["-x", "-m", "crash or nightly"], ["-x", "-m", "(crash or nightly) and not browser"]),
    ],
)
def test_browser_tests_are_left_out_beside_what_is_chosen(arguments, expected):
    assert leave_out_browser(arguments) == expected


@pytest.mark.parametrize(("cores", "processes"), [(1, "1"), (2, "2"), (64, "4")])
def test_files_of_tests_run_side_by_side_on_the_cores_there_are(cores, processes):
    assert side_by_side(cores)[:2] == ["-n", processes]


def test_the_longest_files_come_first_and_are_there():
    there = [name for name in LONGEST_FIRST if (ROOT / "tests" / name).exists()]
    assert there == list(LONGEST_FIRST), "gone or moved: change the list"


def test_all_checks_run_and_every_failure_is_named(monkeypatch):
    ran = []

    def make(name, result):
        return check.Check(name, lambda: ran.append(name) or result())

    def fail():
        raise CommandError("a tool is missing")

    checks = (make("one", lambda: False), make("two", fail), make("three", lambda: True))
    monkeypatch.setattr(check, "CHECKS", checks)
    monkeypatch.setattr(check.check.params[0].type, "choices", ("one", "two", "three"))
    result = CliRunner().invoke(check.check, [])
    assert ran == ["one", "two", "three"]
    assert isinstance(result.exception, CommandError)
    assert str(result.exception) == "Failed: one, two."
    assert "three passed in" in result.output
    assert "a tool is missing" in result.output


def test_without_chromium_an_ordinary_user_is_told_why_it_is_skipped(monkeypatch):
    monkeypatch.setattr(chromium, "find_chromium", lambda: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    said = []
    assert not chromium.ensure_chromium(said.append)
    assert said == [
        "Skipped: the browser tests, because Chromium is missing and only root may install it"
        " (apt-get install chromium)."
    ]


def test_two_heads_of_a_line_are_found(tmp_path, monkeypatch):
    assert migrations.migration_problems() == []
    versions = tmp_path / "migrations" / "tenant" / "versions"
    versions.mkdir(parents=True)
    (versions.parent / "env.py").touch()
    for name, parent in (("0001", None), ("0002_a", "0001"), ("0002_b", "0001")):
        text = f"revision = {name!r}\ndown_revision = {parent!r}\n"
        (versions / f"{name}.py").write_text(text)
    monkeypatch.setattr(migrations, "CHECKOUT", tmp_path)
    assert migrations._heads("tenant") == [
        "tenant: 2 heads (0002_a, 0002_b); one must follow the other"
    ]
