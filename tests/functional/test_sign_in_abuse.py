"""R19: stuffed passwords, strangers who would lock an owner out, and who has an account here.

What reached the password check is counted at argon2 itself. Times are compared as promises.md says:
medians under 5 ms apart, or no difference that a Mann–Whitney test sees (p > 0.01), in one of three
runs. The large sizes run with --nightly.
"""

import ipaddress
import math
import re
import secrets
import statistics
import time
from collections import Counter
from datetime import timedelta

import argon2
import pytest

from app.domains.accounts.factors.operations.passwords import hash_password
from app.domains.accounts.factors.rules import LIMITS
from app.foundation.clock import clock
from tests.conftest import BASE_DOMAIN, HostClient
from tests.functional.challenges import solve
from tests.functional.signing_in import PASSWORD, make_person, sign_in

WRONG = "a wrong pass phrase of somebody"
WIDEST_DIFFERENCE_MS, LEAST_P, RUNS = 5.0, 0.01, 3
TIMED = {200, 303, 422}
"""What was answered in full: a refusal for too many tries tells nothing about an account."""
WINDOW = timedelta(minutes=16)
"""Longer than failures are counted."""
SIZES = [
    pytest.param(40, 2_000, id="2000 pairs"),
    pytest.param(1_000, 100_000, id="100000 pairs", marks=pytest.mark.nightly),
]


def address(number: int) -> dict[str, str]:
    """Return where a request comes from: each time another network."""
    start = int(ipaddress.ip_address("11.0.0.1"))
    return {"REMOTE_ADDR": str(ipaddress.ip_address(start + number * 256))}


def try_from(client, number, email, password, **more):
    form = {"email": email, "password": password, **more}
    return client.post("/en/sign-in", form, environ_overrides=address(number))


@pytest.fixture
def checked(monkeypatch):
    """Count which passwords reach argon2, by their hashes, and let it do its work."""
    seen, verify = Counter(), argon2.PasswordHasher.verify

    def counting(self, stored, password):
        seen[stored] += 1
        return verify(self, stored, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)
    return seen


@pytest.mark.parametrize(("accounts", "pairs"), SIZES)
def test_stuffing_gets_five_tries_an_account_from_however_many_addresses(
    platform, checked, moved_clock, accounts, pairs
):
    """All within one window, however long the machine takes: its time stands still meanwhile."""
    emails = [make_person(password_hash=hash_password(PASSWORD)) for _ in range(accounts)]
    owner = sign_in(platform.web, BASE_DOMAIN, emails[0])
    checked.clear()
    answers, began = Counter(), moved_clock.process_time()
    for number in range(pairs):
        moved_clock.move(began - moved_clock.process_time())
        stranger = HostClient(platform.web, BASE_DOMAIN)
        email = emails[number % accounts]
        answers[try_from(stranger, number, email, f"{WRONG} {number}").status_code] += 1
    assert len(checked) == accounts, "each has a hash of its own"
    assert max(checked.values()) <= LIMITS.account == 5, checked
    assert answers[303] == 0
    assert sum(answers.values()) == pairs
    again = owner.post("/en/sign-in", {"email": emails[0], "password": PASSWORD})
    assert again.status_code == 303, "the owner's own browser is never locked out by strangers"


def test_who_does_the_work_gets_five_tries_too(platform, checked):
    """A program that answers every challenge: then the right password comes too late for it."""
    email = make_person()
    checked.clear()
    codes = []
    for number in range(8):
        stranger = HostClient(platform.web, BASE_DOMAIN)
        guess = WRONG if number < 7 else PASSWORD
        answer = try_from(stranger, 70_000 + number, email, guess)
        if "data-task" in answer.text and answer.status_code != 429:
            answer = try_from(stranger, 70_000 + number, email, guess, **solve(answer.text))
        codes.append(answer.status_code)
    assert sum(checked.values()) == LIMITS.account
    assert codes[-1] == 429, codes


def test_after_the_window_a_stranger_may_try_again(platform, moved_clock):
    email = make_person()
    for number in range(3):
        client = HostClient(platform.web, BASE_DOMAIN)
        try_from(client, 80_000 + number, email, WRONG)
    moved_clock.move(WINDOW)
    client = HostClient(platform.web, BASE_DOMAIN)
    assert try_from(client, 80_100, email, PASSWORD).status_code == 303


def plain(answer, email):
    """Return an answer without the address that was typed, and what is new each time."""
    text = answer.text.replace(email, "EMAIL").replace(email.replace("@", "%40"), "EMAIL")
    text = re.sub(r'data-task="[^"]*"', "TASK", text)
    headers = {
        name: value
        for name, value in answer.headers.items()
        if name not in {"X-Trace-Id", "Set-Cookie", "Content-Length", "Date"}
    }
    cookies = sorted(cookie.partition("=")[0] for cookie in answer.headers.getlist("Set-Cookie"))
    return answer.status_code, headers, cookies, text


def missing():
    return f"{secrets.token_hex(6)}@example.com"


def ask_sign_in(platform, number, email):
    return try_from(HostClient(platform.web, BASE_DOMAIN), number, email, WRONG)


def ask_reset(platform, number, email):
    client = HostClient(platform.web, BASE_DOMAIN)
    return client.post("/en/reset", {"email": email}, environ_overrides=address(number))


def ask_sign_up(platform, number, email):
    return prepare_sign_up(platform, number, email)()


def prepare_sign_up(platform, number, email):
    """Open the form and do its work; return what sends it, which is what a stranger may time."""
    client = HostClient(platform.web, BASE_DOMAIN)
    task = client.get("/en/sign-up", environ_overrides=address(number)).text
    form = {"name": "Nora", "email": email, "password": "quite a long pass phrase 7", **solve(task)}
    return lambda: client.post("/en/sign-up", form, environ_overrides=address(number))


ASKING = {"sign-in": ask_sign_in, "reset": ask_reset, "sign-up": ask_sign_up}
PREPARING = {
    "sign-in": lambda *place: lambda: ask_sign_in(*place),
    "reset": lambda *place: lambda: ask_reset(*place),
    "sign-up": prepare_sign_up,
}


@pytest.mark.parametrize("page", ASKING)
def test_no_page_tells_who_has_an_account(platform, page):
    """The same status, headers, cookies and words, whether the account exists or not."""
    existing, absent = make_person(), missing()
    for tries in range(3):
        answers = [
            plain(ASKING[page](platform, 90_000 + 10 * tries + place, email), email)
            for place, email in enumerate((existing, absent))
        ]
        assert answers[0] == answers[1], f"{page}, try {tries}"


def mann_whitney(first, second):
    """Return p of a two-sided Mann–Whitney test, by the normal approximation."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    rank_sum = sum(rank for rank, (_, group) in enumerate(ranked, 1) if group == 0)
    n, m = len(first), len(second)
    middle, spread = n * (n + m + 1) / 2, math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(abs(rank_sum - middle) / spread / math.sqrt(2))


def test_the_test_of_times_sees_a_difference():
    """The control: equal ones are equal, and 10 ms of 60 are seen."""
    noise = [60 + secrets.randbelow(1000) / 100 for _ in range(400)]
    assert mann_whitney(noise[:200], noise[200:]) > 1e-4
    assert mann_whitney(noise[:200], [value + 10 for value in noise[200:]]) < LEAST_P


def measure(prepare, platform, existing, absent, start, rounds):
    """Time both, one beside the other, in milliseconds; the clock moves on between rounds."""
    times = ([], [])
    number = start
    for _ in range(rounds):
        for pair in zip(existing, absent, strict=True):
            for group, email in enumerate(pair if number % 4 else pair[::-1]):
                number += 1
                send = prepare(platform, number, email)
                began = time.perf_counter()
                answer = send()
                which = group if pair[group] == email else 1 - group
                times[which].append((time.perf_counter() - began) * 1000)
                assert answer.status_code in TIMED, answer.text
        clock.move(WINDOW * 5)
    return times


def sizes_of_times():
    """Sign-up makes its person do work between two tries: fewer of them in every change."""
    for page in PREPARING:
        accounts, rounds = (8, 5) if page == "sign-up" else (20, 10)
        yield pytest.param(page, accounts, rounds, id=f"{page} {accounts * rounds * 2}")
        yield pytest.param(page, 100, 100, marks=pytest.mark.nightly, id=f"{page} 20000")


@pytest.mark.parametrize(("page", "accounts", "rounds"), list(sizes_of_times()))
def test_time_tells_nobody_who_has_an_account(
    platform, mails, moved_clock, record_property, page, accounts, rounds
):
    existing = [make_person() for _ in range(accounts)]
    absent = [missing() for _ in existing]
    measure(PREPARING[page], platform, existing[:3], absent[:3], 1_000_000, 1)
    for run in range(RUNS):
        times = measure(
            PREPARING[page], platform, existing, absent, 2_000_000 + run * 100_000, rounds
        )
        difference = abs(statistics.median(times[0]) - statistics.median(times[1]))
        p = mann_whitney(*times)
        record_property(f"run {run}", f"medians {difference:.2f} ms apart, p = {p:.3f}")
        if difference < WIDEST_DIFFERENCE_MS or p > LEAST_P:
            return
    pytest.fail(f"existing accounts answer {difference:.1f} ms apart (p = {p:.4f})")
