"""`./galleria demo-code`: what the apps of the demo's people show."""

import json

import pyotp
from click.testing import CliRunner

from app.command_line.demo.code import demo_code
from app.command_line.demo.state import SIGN_INS
from app.foundation.clock import clock


def test_the_codes_are_those_of_an_app(tmp_path):
    secret = pyotp.random_base32()
    people = {"admin": {"email": "a@example.com", "app_secret": secret}, "old": {"email": "b@x.de"}}
    (tmp_path / SIGN_INS).write_text(json.dumps(people))
    before = pyotp.TOTP(secret).at(clock.process_time())
    told = CliRunner().invoke(demo_code, ["--state", str(tmp_path)])
    assert told.exit_code == 0
    assert {before, pyotp.TOTP(secret).at(clock.process_time())} & set(told.output.split())
    assert "b@x.de" not in told.output


def test_without_a_demo_it_says_what_to_do(tmp_path):
    told = CliRunner().invoke(demo_code, ["--state", str(tmp_path)])
    assert told.exit_code == 1
    assert "start ./galleria demo first" in str(told.exception) + told.output
