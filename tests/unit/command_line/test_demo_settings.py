"""Which servers a demo uses: the machine's own where it names them."""

import json

import pytest

from app.command_line.demo.settings import DemoAddresses, Given, environment_for
from app.command_line.demo.state import DemoState
from app.command_line.errors import CommandError
from app.foundation.configuration import load_configuration
from tenants.bootstrap import DatabaseServer

DSN = "postgresql://postgres:x@127.0.0.1:5432/galleria"
STRIPE = {
    "STRIPE_API_KEY": "sk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_1",
}


def addresses(stripe_url="http://127.0.0.1:21000"):
    return DemoAddresses(
        port=8000,
        database=DatabaseServer(DSN, {"main": DSN}),
        redis_url="redis://127.0.0.1:6379/0",
        stripe_url=stripe_url,
        mail_url="http://127.0.0.1:21001",
        smtp_url="smtp://127.0.0.1:21002",
    )


def test_the_environment_makes_a_whole_configuration(tmp_path):
    state = DemoState(tmp_path / "state")
    environment = environment_for("web", state=state, given=Given({}), addresses=addresses())
    configuration = load_configuration(environment)
    assert configuration.base_domain == "localhost:8000"
    assert configuration.stripe_api_base == "http://127.0.0.1:21000"
    assert configuration.smtp_url == "smtp://127.0.0.1:21002"


def test_web_signs_in_with_its_own_login_and_never_as_the_superuser(tmp_path):
    state = DemoState(tmp_path / "state")
    given = Given({"DATABASE_URL": DSN})
    environment = environment_for("web", state=state, given=given, addresses=addresses())
    assert "galleria_login_web_directory" in environment["DIRECTORY_DATABASE_URL"]
    assert "galleria_login_web_main" in json.loads(environment["CELL_DATABASE_URLS"])["main"]
    assert "DATABASE_URL" not in environment
    assert "DATABASE_PASSWORD_SECRET" not in environment


def test_a_stripe_account_of_the_machine_is_used_instead_of_the_stand_in(tmp_path):
    given = Given(STRIPE)
    assert given.has_stripe
    environment = environment_for(
        "web", state=DemoState(tmp_path / "state"), given=given, addresses=addresses("")
    )
    configuration = load_configuration(environment)
    assert configuration.stripe_api_key == "sk_live_1"
    assert configuration.stripe_api_base == "https://api.stripe.com"


@pytest.mark.parametrize("left_out", STRIPE)
def test_half_a_stripe_account_is_refused(left_out):
    half = {name: value for name, value in STRIPE.items() if name != left_out}
    with pytest.raises(CommandError, match=f"{left_out} is missing"):
        _ = Given(half).has_stripe


def test_secrets_are_made_once_and_differ_between_states(tmp_path):
    first, second = DemoState(tmp_path / "first"), DemoState(tmp_path / "second")
    assert first.secrets() == DemoState(tmp_path / "first").secrets()
    assert not set(first.secrets().values()) & set(second.secrets().values())
    assert first.mark != second.mark


def test_a_secret_that_a_release_adds_is_added_and_the_others_stay(tmp_path):
    state = DemoState(tmp_path / "state")
    before = state.secrets()
    path = state.folder / "secrets.json"
    kept = json.loads(path.read_text())
    del kept["SEALING_KEYS"]
    path.write_text(json.dumps(kept))
    after = state.secrets()
    assert after["SEALING_KEYS"] != before["SEALING_KEYS"]
    assert {**after, "SEALING_KEYS": ""} == {**before, "SEALING_KEYS": ""}


def test_only_the_sealer_and_operators_have_the_key_that_signs_the_log(tmp_path):
    state = DemoState(tmp_path / "state")
    for group in ("web", "worker", "relay", "builder", "sealer", "tools"):
        environment = environment_for(group, state=state, given=Given({}), addresses=addresses())
        assert ("AUDIT_SIGNING_KEYS" in environment) == (group in {"sealer", "tools"})
        assert environment["CHECKPOINT_URL"] == (tmp_path / "state" / "checkpoints").as_uri()
