"""Challenge: our own proof of work and Turnstile keep the same promises."""

import base64
import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.domains.accounts.challenges.errors import (
    ChallengeRefusedError,
    ChallengeUnavailableError,
)
from app.domains.accounts.challenges.models import SpentChallenge
from app.domains.accounts.challenges.operations import spend_challenge
from app.domains.accounts.challenges.ports import Challenge
from app.domains.accounts.challenges.rules import CHALLENGE_LIFE, Purpose
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from app.gateways.challenges.turnstile import Turnstile
from app.gateways.challenges.work import ProofOfWork
from tests.functional.challenges import solve_task
from tests.simulators.turnstile import TurnstileStandIn

PORT, REAL, LOCAL = Challenge, Turnstile, ProofOfWork
HOST = "galleria.test:8000"
KEYS = ("first-key-of-32-characters-or-more", "second-key-of-32-characters-or-more")


@pytest.fixture
def cloudflare():
    with TurnstileStandIn(secret="0x-secret") as stand_in:
        yield stand_in


@pytest.fixture(params=["turnstile", "work"])
def side(request):
    """A gateway, and how a browser answers a task of its."""
    if request.param == "work":
        return ProofOfWork(KEYS, rounds=2), lambda task, _: solve_task(task.task)
    stand_in = request.getfixturevalue("cloudflare")
    gateway = Turnstile(site_key="0x-site", secret_keys=(stand_in.secret,), url=stand_in.url)
    return gateway, lambda task, purpose: stand_in.answer_for(
        action=purpose.value, hostname="galleria.test"
    )


def now() -> datetime:
    return datetime.now(UTC)


def check(gateway, answer, *, purpose=Purpose.SIGN_UP, host=HOST, at=None):
    return gateway.check(purpose=purpose, answer=answer, host=host, now=at or now())


def test_a_right_answer_is_right_for_ten_minutes(side):
    gateway, browser = side
    task = gateway.make(purpose=Purpose.SIGN_UP, now=now())
    solved = check(gateway, browser(task, Purpose.SIGN_UP))
    assert timedelta(minutes=9) < solved.expires_at - now() <= CHALLENGE_LIFE
    assert 16 <= len(solved.id) <= 128


def test_an_answer_for_another_form_is_refused(side):
    gateway, browser = side
    task = gateway.make(purpose=Purpose.SIGN_IN, now=now())
    with pytest.raises(ChallengeRefusedError):
        check(gateway, browser(task, Purpose.SIGN_IN), purpose=Purpose.SIGN_UP)


def test_a_late_answer_is_refused(side):
    gateway, browser = side
    answer = browser(gateway.make(purpose=Purpose.SIGN_UP, now=now()), Purpose.SIGN_UP)
    with pytest.raises(ChallengeRefusedError):
        check(gateway, answer, at=now() + CHALLENGE_LIFE + timedelta(seconds=1))


@pytest.mark.parametrize(
    "answer",
    ["", "x", "{}", "AAAA", "null", "\x00", "é", base64.b64encode(b"[]").decode(),
     base64.b64encode(b'{"challenge": 1, "solution": 2}').decode(),
     base64.b64encode(b'{"challenge": {"parameters": []}, "solution": {}}').decode(),
     base64.b64encode(json.dumps({"challenge": {"parameters": {
         "algorithm": 5, "nonce": None, "salt": [], "cost": {}, "data": {"expires": "x"}},
         "signature": "0" * 64}, "solution": {"counter": "x", "derivedKey": 5}}).encode()).decode(),
     base64.b64encode(b"[" * 3000).decode(), "A" * 100_000],
)  # fmt: skip
def test_what_is_no_answer_is_refused(side, answer):
    with pytest.raises(ChallengeRefusedError):
        check(side[0], answer)


def test_an_answer_counts_once_however_often_it_is_sent_at_once(side, platform):
    gateway, browser = side
    answer = browser(gateway.make(purpose=Purpose.SIGN_UP, now=now()), Purpose.SIGN_UP)
    solved, gate = check(gateway, answer), threading.Barrier(8)

    def spend(_):
        gate.wait(30)
        try:
            with unit_of_work(directory_scope()) as unit:
                spend_challenge(unit, solved=solved)
        except ChallengeRefusedError:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(8))) == 1


def test_what_ended_is_forgotten(platform):
    from sqlalchemy import insert, select

    from app.domains.accounts.challenges.ports import SolvedChallenge

    old, new = (f"work:{secrets.token_hex(16)}" for _ in range(2))
    with unit_of_work(directory_scope()) as unit:
        past = unit.now - timedelta(seconds=1)
        unit.session.execute(insert(SpentChallenge).values(id=old, expires_at=past))
    with unit_of_work(directory_scope()) as unit:
        solved = SolvedChallenge(new, unit.now + timedelta(minutes=1))
        spend_challenge(unit, solved=solved)
        kept = unit.session.execute(select(SpentChallenge.id)).scalars().all()
        assert new in kept
        assert old not in kept
    with pytest.raises(ChallengeRefusedError), unit_of_work(directory_scope()) as unit:
        spend_challenge(unit, solved=SolvedChallenge(old, unit.now))


# Our own


def changed(answer: str, change) -> str:
    content = json.loads(base64.b64decode(answer))
    change(content)
    return base64.b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["challenge"]["parameters"]["data"].update(purpose="sign_in"),
        lambda c: c["challenge"]["parameters"]["data"].update(expires=9_999_999_999),
        lambda c: c["challenge"]["parameters"].update(keyPrefix=""),
        lambda c: c["challenge"]["parameters"].update(keySignature=None),
        lambda c: c["challenge"]["parameters"].update(cost=1),
        lambda c: c["challenge"]["parameters"].update(nonce="00" * 16),
        lambda c: c["challenge"].update(signature="0" * 64),
        lambda c: c["challenge"].pop("signature"),
        lambda c: c["solution"].update(derivedKey="00" * 32),
        lambda c: c["solution"].pop("derivedKey"),
    ],
)
def test_our_own_task_cannot_be_made_easier(change):
    gateway = ProofOfWork(KEYS, rounds=2)
    answer = solve_task(gateway.make(purpose=Purpose.SIGN_UP, now=now()).task)
    assert check(gateway, answer), "the control: unchanged"
    with pytest.raises(ChallengeRefusedError):
        check(gateway, changed(answer, change))


def test_our_secret_may_change_while_answers_are_on_the_way():
    old = ProofOfWork(KEYS[1:], rounds=2)
    answer = solve_task(old.make(purpose=Purpose.SIGN_UP, now=now()).task)
    assert check(ProofOfWork(KEYS, rounds=2), answer), "the second still verifies"
    with pytest.raises(ChallengeRefusedError):
        check(ProofOfWork(KEYS[:1], rounds=2), answer)


def test_our_work_is_as_much_as_was_said():
    gateway = ProofOfWork(KEYS, rounds=6)
    counters = set()
    for _ in range(12):
        answer = solve_task(gateway.make(purpose=Purpose.SIGN_UP, now=now()).task)
        counters.add(json.loads(base64.b64decode(answer))["solution"]["counter"])
    assert min(counters) >= 3
    assert max(counters) <= 9
    assert len(counters) > 1


# Turnstile


def test_turnstile_another_host_s_answer_is_refused(cloudflare):
    gateway = Turnstile(site_key="s", secret_keys=(cloudflare.secret,), url=cloudflare.url)
    answer = cloudflare.answer_for(action="sign_up", hostname="evil.example")
    with pytest.raises(ChallengeRefusedError):
        check(gateway, answer)


def test_turnstile_is_told_nothing_of_the_visitor(cloudflare):
    gateway = Turnstile(site_key="s", secret_keys=(cloudflare.secret,), url=cloudflare.url)
    check(gateway, cloudflare.answer_for(action="sign_up", hostname="galleria.test"))
    (asked,) = cloudflare.asked
    assert set(asked) == {"secret", "response", "idempotency_key"}


def test_turnstile_a_lost_reply_refuses_nobody(cloudflare):
    gateway = Turnstile(site_key="s", secret_keys=(cloudflare.secret,), url=cloudflare.url)
    cloudflare.lost = 1
    assert check(gateway, cloudflare.answer_for(action="sign_up", hostname="galleria.test"))
    assert len({asked["idempotency_key"] for asked in cloudflare.asked}) == 1
    assert len(cloudflare.asked) == 2


def test_turnstile_two_secrets_while_they_change(cloudflare):
    gateway = Turnstile(site_key="s", secret_keys=("new", cloudflare.secret), url=cloudflare.url)
    assert check(gateway, cloudflare.answer_for(action="sign_up", hostname="galleria.test"))
    gateway = Turnstile(site_key="s", secret_keys=("new",), url=cloudflare.url)
    with pytest.raises(ChallengeRefusedError):
        check(gateway, cloudflare.answer_for(action="sign_up", hostname="galleria.test"))


def test_turnstile_away_is_said_so_and_left_alone(cloudflare):
    gateway = Turnstile(site_key="s", secret_keys=(cloudflare.secret,), url=cloudflare.url)
    cloudflare.broken = 99
    answer = cloudflare.answer_for(action="sign_up", hostname="galleria.test")
    for _ in range(5):
        with pytest.raises(ChallengeUnavailableError):
            check(gateway, answer)
    assert len(cloudflare.asked) == 3, "then the breaker is open"
    nobody = Turnstile(site_key="s", secret_keys=("x",), url="http://127.0.0.1:9/")
    with pytest.raises(ChallengeUnavailableError):
        check(nobody, answer)
