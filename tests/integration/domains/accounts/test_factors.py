"""Passkeys, codes, reset links, counted tries and pauses, on the real database; races with controls."""

import json
import secrets
import threading
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from app.domains.accounts.factors import errors
from app.domains.accounts.factors.models import (
    AuthenticatorApp,
    Passkey,
    PasskeyChallenge,
    PasswordReset,
    RecoveryCode,
)
from app.domains.accounts.factors.operations.changes import pause_payouts
from app.domains.accounts.factors.operations.codes import (
    begin_app,
    confirm_app,
    make_recovery_codes,
    prove_with_code,
    remove_app,
)
from app.domains.accounts.factors.operations.failures import (
    begin_attempt,
    forget_old_tries,
    forgive_attempt,
    source_of,
)
from app.domains.accounts.factors.operations.passkeys.answers import RelyingParty
from app.domains.accounts.factors.operations.passkeys.proving import begin_ceremony, finish_ceremony
from app.domains.accounts.factors.operations.passkeys.registering import (
    begin_registration,
    finish_registration,
    remove_passkey,
    rename_passkey,
)
from app.domains.accounts.factors.operations.passwords import matches
from app.domains.accounts.factors.operations.resets import (
    ask_reset,
    issue_reset,
    open_reset,
    reset_password,
)
from app.domains.accounts.factors.queries import find_payout_pause, get_factors, list_second_factors
from app.domains.accounts.factors.rules import LIMITS, Ceremony, Factor, PauseReason, Step
from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.people.models import Person
from app.domains.accounts.people.operations import register_person
from app.domains.accounts.rules import Role
from app.domains.accounts.sessions.errors import TooManyFailuresError
from app.domains.accounts.sessions.operations.signing_in import begin_session
from app.domains.accounts.sessions.queries import find_visitor
from app.domains.accounts.sessions.rules import Origin
from app.foundation.database import directory_scope
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, disable_guards
from app.foundation.identifiers import new_id
from app.foundation.sealing import email_indexes
from app.foundation.unit_of_work import unit_of_work
from tests.functional.signing_in import hash_once
from tests.simulators.authenticator import Authenticator

PARTY = RelyingParty("galleria.test", "http://galleria.test")
PASSWORD = "correct horse battery staple"


@pytest.fixture
def person(platform):
    return make_person()


def make_person(role=None, shop_id=None):
    email = f"{secrets.token_hex(5)}@example.com"
    with unit_of_work(directory_scope()) as unit:
        person_id = register_person(
            unit, email=email, name="P", password_hash=hash_once(PASSWORD), language="en"
        )
        if role:
            grant_role(unit, person_id=person_id, shop_id=shop_id, role=role)
    return person_id


def work(operation, **facts):
    with unit_of_work(directory_scope()) as unit:
        return operation(unit, **facts)


def add_app(person_id):
    """Set an app up as its owner would; return its secret."""
    secret = work(begin_app, person_id=person_id)
    work(confirm_app, person_id=person_id, code=code_of(secret, -1))
    return secret


def code_of(secret, steps=0):
    with unit_of_work(directory_scope()) as unit:
        step = int(unit.now.timestamp()) // 30
    return pyotp.HOTP(secret).at(step + steps)


def add_passkey(person_id, device, *, browser="browser", name="Phone", must_verify=False):
    options = work(
        begin_registration, person_id=person_id, account="a@example.com", name="A",
        browser=browser, party=PARTY, must_verify=must_verify,
    )  # fmt: skip
    return work(
        finish_registration, person_id=person_id, browser=browser, party=PARTY,
        answer=device.create(options), name=name, must_verify=must_verify,
    )  # fmt: skip


def ask(ceremony=Ceremony.SIGN_IN, person_id=None, browser="browser", must_verify=True):
    return work(
        begin_ceremony, ceremony=ceremony, browser=browser, party=PARTY, person_id=person_id,
        must_verify=must_verify,
    )  # fmt: skip


def answer(given, ceremony=Ceremony.SIGN_IN, person_id=None, browser="browser", must_verify=True):
    return work(
        finish_ceremony, ceremony=ceremony, browser=browser, party=PARTY, answer=given,
        person_id=person_id, must_verify=must_verify,
    )  # fmt: skip


def at_once(count, step):
    """Run a step in threads that start together; return what came out, or the error's class."""
    together, out = threading.Barrier(count), []

    def run():
        together.wait()
        try:
            out.append(step())
        except Exception as error:
            out.append(type(error))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return out


@pytest.fixture
def unguarded():
    yield lambda guard: disable_guards(frozenset({guard.value}))
    disable_guards(frozenset())


# --- passkeys


def test_a_passkey_is_kept_used_renamed_and_removed(person):
    device = Authenticator(PARTY.origin)
    passkey_id = add_passkey(person, device, name="  Blue\n phone \x00")
    proved = answer(device.get(ask()))
    assert (proved.person_id, proved.passkey_id, proved.is_verified) == (person, passkey_id, True)
    work(rename_passkey, person_id=person, passkey_id=passkey_id, name="x" * 100)
    with unit_of_work(directory_scope()) as unit:
        (kept,) = get_factors(unit, person).passkeys
        assert (kept.name, kept.is_backed_up) == ("x" * 60, True)
        assert kept.used_at is not None
        assert list_second_factors(unit, person) == [Factor.PASSKEY]
    work(remove_passkey, person_id=person, passkey_id=passkey_id)
    with pytest.raises(errors.PasskeyRefusedError):
        answer(device.get(ask()))
    with pytest.raises(NotFoundError):
        work(remove_passkey, person_id=person, passkey_id=passkey_id)


def test_nobody_changes_a_strangers_passkey(person):
    mine = add_passkey(person, Authenticator(PARTY.origin))
    stranger = make_person()
    with pytest.raises(NotFoundError):
        work(rename_passkey, person_id=stranger, passkey_id=mine, name="Mine")
    with pytest.raises(NotFoundError):
        work(remove_passkey, person_id=stranger, passkey_id=mine)


def test_a_challenge_counts_once_in_its_browser_for_its_purpose_and_five_minutes(
    person, moved_clock
):
    device = Authenticator(PARTY.origin)
    add_passkey(person, device)
    given = device.get(ask())
    refused = errors.PasskeyRefusedError
    with pytest.raises(refused):
        answer(given, browser="another browser")
    with pytest.raises(refused):
        answer(given, Ceremony.PROVE, person)
    assert answer(given).person_id == person
    with pytest.raises(refused):
        answer(given)
    late = device.get(ask())
    moved_clock.move(timedelta(minutes=5, seconds=1))
    with pytest.raises(refused):
        answer(late)


def test_a_recorded_answer_at_once_is_good_once(person, unguarded):
    device = Authenticator(PARTY.origin)
    add_passkey(person, device)
    given = device.get(ask())
    out = at_once(6, lambda: answer(given).person_id)
    assert sorted(map(str, out)).count(str(person)) == 1
    unguarded(Guard.CHALLENGE_ONCE)
    out = at_once(6, lambda: answer(given).person_id)
    assert out.count(person) > 1, "control: without the guard a recorded answer is good again"


def test_answers_of_another_origin_party_or_signature_are_refused(person):
    device = Authenticator(PARTY.origin)
    add_passkey(person, device)
    bad = Authenticator("http://evil.galleria.test")
    bad.keys = device.keys
    refused = errors.PasskeyRefusedError
    with pytest.raises(refused):
        answer(bad.get(ask()))
    other_party = json.loads(ask()) | {"rpId": "evil.test"}
    with pytest.raises(refused):
        answer(device.get(json.dumps(other_party)))
    broken = json.loads(device.get(ask()))
    broken["response"]["signature"] = broken["response"]["signature"][:-4] + "AAAA"
    with pytest.raises(refused):
        answer(json.dumps(broken))


def test_without_a_finger_a_passkey_alone_signs_nobody_in(person):
    device = Authenticator(PARTY.origin, verifies=False)
    add_passkey(person, device)
    with pytest.raises(errors.PasskeyRefusedError):
        answer(device.get(ask()))
    step = {"ceremony": Ceremony.SECOND_STEP, "person_id": person, "must_verify": False}
    assert answer(device.get(ask(**step)), **step).is_verified is False


@pytest.mark.parametrize(
    "given",
    [
        "", "null", "[]", "{}", "\x00", "x" * 30_000, '{"id": 1}', '{"id":"a","rawId":"b"}',
        '{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"e30"}}',
        '{"id":"YQ","rawId":"YQ","type":"public-key","response":{"clientDataJSON":"e30",'
        '"authenticatorData":"","signature":""}}',
        '{"id":"YQ","rawId":"YQ","type":"public-key","response":'
        '{"clientDataJSON":"\\ud800","attestationObject":"oA"}}',
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_never_an_error(person, given):
    with pytest.raises(errors.PasskeyRefusedError):
        answer(given)
    with pytest.raises(errors.PasskeyRefusedError):
        work(
            finish_registration, person_id=person, browser="b", party=PARTY, answer=given, name="",
            must_verify=False,
        )  # fmt: skip


def test_a_counter_that_goes_back_is_noted_and_a_key_is_registered_once(person, caplog):
    device = Authenticator(PARTY.origin)
    add_passkey(person, device)
    device.count = 50
    answer(device.get(ask()))
    device.count = 10
    assert answer(device.get(ask())).person_id == person
    assert "passkey counter went back" in caplog.text
    stranger = make_person()
    again = work(
        begin_registration, person_id=stranger, account="s", name="", browser="b", party=PARTY,
        must_verify=False,
    )  # fmt: skip
    twin = Authenticator(PARTY.origin)
    made = json.loads(twin.create(again))
    with unit_of_work(directory_scope()) as unit:
        unit.session.execute(
            update(Passkey)
            .where(Passkey.person_id == person)
            .values(credential_id=next(iter(twin.keys)))
        )
    with pytest.raises(errors.PasskeyRefusedError):
        work(
            finish_registration, person_id=stranger, browser="b", party=PARTY,
            answer=json.dumps(made), name="", must_verify=False,
        )  # fmt: skip


def test_nothing_of_a_person_stands_readable_in_the_tables(platform, person):
    import psycopg

    add_passkey(person, Authenticator(PARTY.origin), name="Canary phone")
    secret = add_app(person)
    codes = work(make_recovery_codes, person_id=person)
    with psycopg.connect(platform.server.directory) as connection:
        for table in ("passkey", "authenticator_app", "recovery_code", "directory_outbox"):
            rows = connection.execute(f"SELECT t::text FROM directory.{table} t").fetchall()
            assert rows
            text = str(rows)
            for plain in ("Canary", secret, *codes):
                assert plain not in text
                assert plain.encode().hex() not in text


# --- codes of an app


def test_an_app_counts_once_a_first_code_confirmed_it(person):
    secret = work(begin_app, person_id=person)
    assert work(begin_app, person_id=person) == secret, "the page may be loaded twice"
    assert len(secret) == 32
    with unit_of_work(directory_scope()) as unit:
        assert list_second_factors(unit, person) == []
    with pytest.raises(errors.WrongCodeError):
        work(confirm_app, person_id=person, code="000000" if code_of(secret) != "000000" else "1")
    work(confirm_app, person_id=person, code=f" {code_of(secret)[:3]} {code_of(secret)[3:]} ")
    with unit_of_work(directory_scope()) as unit:
        assert list_second_factors(unit, person) == [Factor.APP]
    with pytest.raises(errors.WrongCodeError):
        work(prove_with_code, person_id=person, code=code_of(secret))


def test_codes_are_taken_one_step_around_now_and_each_once(person, moved_clock):
    secret = add_app(person)
    for steps in (-2, 2, -1):
        with pytest.raises(errors.WrongCodeError):
            work(prove_with_code, person_id=person, code=code_of(secret, steps))
    for steps in (0, 1):
        code = code_of(secret, steps)
        assert work(prove_with_code, person_id=person, code=code) is Factor.APP
        with pytest.raises(errors.WrongCodeError):
            work(prove_with_code, person_id=person, code=code)
    moved_clock.move(timedelta(minutes=2))
    assert work(prove_with_code, person_id=person, code=code_of(secret)) is Factor.APP


def test_one_code_at_once_opens_the_door_once(person, unguarded):
    secret = add_app(person)
    code = code_of(secret)
    out = at_once(8, lambda: work(prove_with_code, person_id=person, code=code))
    assert out.count(Factor.APP) == 1
    assert out.count(errors.WrongCodeError) == 7
    unguarded(Guard.CODE_ONCE)
    out = at_once(8, lambda: work(prove_with_code, person_id=person, code=code))
    assert out.count(Factor.APP) > 1, "control: without the guard a code counts again"


def test_a_new_app_replaces_the_one_before(person):
    first, second = add_app(person), None
    second = work(begin_app, person_id=person)
    assert second != first
    with pytest.raises(errors.WrongCodeError):
        work(confirm_app, person_id=person, code=code_of(first))
    work(confirm_app, person_id=person, code=code_of(second))
    with pytest.raises(errors.WrongCodeError):
        work(prove_with_code, person_id=person, code=code_of(first, 1))
    assert work(prove_with_code, person_id=person, code=code_of(second, 1)) is Factor.APP


@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "\x00" * 6, "a" * 4000])
def test_other_texts_are_no_codes(person, code):
    add_app(person)
    with pytest.raises(errors.WrongCodeError):
        work(prove_with_code, person_id=person, code=code)


# --- recovery codes


def test_recovery_codes_count_once_and_a_new_set_replaces_them(person):
    add_app(person)
    old = work(make_recovery_codes, person_id=person)
    assert len(set(old)) == 10
    used = work(prove_with_code, person_id=person, code=old[0].upper().replace("-", " "))
    assert used is Factor.RECOVERY_CODE
    with pytest.raises(errors.WrongCodeError):
        work(prove_with_code, person_id=person, code=old[0])
    with unit_of_work(directory_scope()) as unit:
        assert get_factors(unit, person).recovery_codes_left == 9
    new = work(make_recovery_codes, person_id=person)
    with pytest.raises(errors.WrongCodeError):
        work(prove_with_code, person_id=person, code=old[1])
    assert work(prove_with_code, person_id=person, code=new[1]) is Factor.RECOVERY_CODE
    with pytest.raises(errors.WrongCodeError):
        work(prove_with_code, person_id=make_person(), code=new[2])


def test_one_recovery_code_at_once_counts_once(person, unguarded):
    codes = work(make_recovery_codes, person_id=person)
    out = at_once(8, lambda: work(prove_with_code, person_id=person, code=codes[0]))
    assert out.count(Factor.RECOVERY_CODE) == 1
    unguarded(Guard.CODE_ONCE)
    accepted = (
        at_once(8, lambda c=code: work(prove_with_code, person_id=person, code=c)).count(
            Factor.RECOVERY_CODE
        )
        for code in codes[1:]
    )
    assert any(count > 1 for count in accepted), (
        "control: without the guard two at once both get in"
    )


# --- whoever has a role keeps a second factor


def test_the_last_factor_of_somebody_with_a_role_stays(platform, shop):
    person = make_person(Role.ORDERS, shop.id)
    add_app(person)
    with pytest.raises(errors.LastFactorError):
        work(remove_app, person_id=person)
    passkey_id = add_passkey(person, Authenticator(PARTY.origin))
    work(remove_app, person_id=person)
    with pytest.raises(errors.LastFactorError):
        work(remove_passkey, person_id=person, passkey_id=passkey_id)
    buyer = make_person()
    add_app(buyer)
    work(remove_app, person_id=buyer)


def test_two_removals_at_once_leave_one_factor(platform, shop, unguarded):
    def race():
        person = make_person(Role.ORDERS, shop.id)
        add_app(person)
        passkey_id = add_passkey(person, Authenticator(PARTY.origin))
        steps = [
            lambda: work(remove_app, person_id=person),
            lambda: work(remove_passkey, person_id=person, passkey_id=passkey_id),
        ]
        at_once(2, lambda: steps.pop()())
        with unit_of_work(directory_scope()) as unit:
            return len(list_second_factors(unit, person))

    assert [race() for _ in range(3)] == [1] * 3
    unguarded(Guard.FACTOR_LOCK)
    assert any(race() == 0 for _ in range(15)), "control: without the lock both may go"


# --- tries are counted


@pytest.fixture
def place():
    """An address in a network of this test's own, so that other tests' failures do not count."""
    return source_of(f"2001:db8:{secrets.randbelow(65536):x}::1")


def tries(account, place, *, device=None, step=Step.PASSWORD):
    return work(begin_attempt, step=step, account_indexes=account, source=place, device_hash=device)


def test_five_tries_from_unknown_devices_and_a_known_one_has_its_own(person, place, moved_clock):
    account = email_indexes("somebody@example.com" + secrets.token_hex(4))
    for number in range(5):
        tries(account, source_of(f"198.51.{number}.9"))
    with pytest.raises(TooManyFailuresError):
        tries(account, place)
    attempt = tries(account, place, device=b"known")
    work(forgive_attempt, attempt_id=attempt)
    for _ in range(5):
        tries(account, place, device=b"known")
    with pytest.raises(TooManyFailuresError):
        tries(account, place, device=b"known")
    tries(account, place, step=Step.CODE)
    moved_clock.move(timedelta(minutes=15, seconds=1))
    tries(account, place)


def test_one_address_and_one_network_end_too(platform):
    number = secrets.randbelow(65536)
    place = source_of(f"2001:db8:{number:x}::1")
    for _ in range(LIMITS.address):
        tries((secrets.token_bytes(32),), place)
    with pytest.raises(TooManyFailuresError):
        tries((secrets.token_bytes(32),), place)
    tries((secrets.token_bytes(32),), place, device=b"known")
    for host in range(LIMITS.network - LIMITS.address):
        tries((secrets.token_bytes(32),), source_of(f"2001:db8:{number:x}:{host:x}::9"))
    with pytest.raises(TooManyFailuresError):
        tries((secrets.token_bytes(32),), source_of(f"2001:db8:{number:x}:ffff::9"))


def test_many_guesses_at_once_do_not_all_look_before_the_first_is_counted(
    platform, place, unguarded
):
    def race():
        account = (secrets.token_bytes(32),)
        out = at_once(12, lambda: tries(account, source_of(secrets.token_hex(4))))
        return sum(not isinstance(each, type) for each in out)

    assert [race() for _ in range(3)] == [5, 5, 5]
    unguarded(Guard.ATTEMPT_LOCK)
    assert max(race() for _ in range(5)) > 5, "control: without the lock more than five get through"


# --- links to a new password


def ask_for(person_id):
    with unit_of_work(directory_scope()) as unit:
        index = unit.session.execute(
            select(Person.email_index).where(Person.id == person_id)
        ).scalar_one()
        ask_reset(unit, account_indexes=(bytes(index),))
        reset_id = unit.session.execute(
            select(PasswordReset.id).where(PasswordReset.person_id == person_id)
            .order_by(PasswordReset.asked_at.desc(), PasswordReset.id.desc()).limit(1)
        ).scalar_one()  # fmt: skip
    issued = work(issue_reset, reset_id=reset_id)
    return issued.token if issued else None


NEW = "seventeen new words"


def test_a_link_counts_once_within_an_hour_and_ends_every_session(person, moved_clock):
    signed = work(
        begin_session, person_id=person, host="h", method="password",
        origin=Origin("Firefox on Linux", "127.0.0.1"), device_token="",
    )  # fmt: skip
    token, other = ask_for(person), ask_for(person)
    with pytest.raises(errors.PasswordTooShortError):
        work(reset_password, token=token, password="short")
    assert work(reset_password, token=token, password=NEW) == person
    for spent in (token, other, "never was"):
        with pytest.raises(errors.ResetLinkGoneError):
            work(reset_password, token=spent, password=NEW)
    with unit_of_work(directory_scope()) as unit:
        assert find_visitor(unit, token=signed.token, host="h") is None
        stored = unit.session.execute(
            select(Person.password_hash).where(Person.id == person)
        ).scalar_one()
    assert matches(stored, NEW)
    late = ask_for(person)
    moved_clock.move(timedelta(hours=1, seconds=1))
    with pytest.raises(errors.ResetLinkGoneError):
        work(open_reset, token=late)


def test_a_link_does_not_go_around_the_second_factor(person):
    secret = add_app(person)
    codes = work(make_recovery_codes, person_id=person)
    token = ask_for(person)
    with pytest.raises(errors.SecondFactorMissingError):
        work(reset_password, token=token, password="vWq7Lpz2")
    with pytest.raises(errors.WrongCodeError):
        work(reset_password, token=token, password="vWq7Lpz2", code="zzzz-zzzz-zzzz")
    work(reset_password, token=token, password="vWq7Lpz2", code=code_of(secret))
    work(reset_password, token=ask_for(person), password="vWq7Lpz3", code=codes[0])
    device = Authenticator(PARTY.origin)
    add_passkey(person, device)
    stranger, theirs = make_person(), Authenticator(PARTY.origin)
    add_passkey(stranger, theirs)
    token = ask_for(person)
    step = {"ceremony": Ceremony.RESET, "must_verify": False}
    foreign = answer(theirs.get(ask(person_id=stranger, **step)), person_id=stranger, **step)
    with pytest.raises(errors.SecondFactorMissingError):
        work(reset_password, token=token, password="vWq7Lpz4", passkey=foreign)
    own = answer(device.get(ask(person_id=person, **step)), person_id=person, **step)
    work(reset_password, token=token, password="vWq7Lpz4", passkey=own)


def test_one_link_at_once_sets_one_password(person, unguarded):
    token = ask_for(person)
    out = at_once(4, lambda: work(reset_password, token=token, password=NEW))
    assert out.count(person) == 1
    unguarded(Guard.RESET_ONCE)
    most = 0
    for _ in range(2):
        token = ask_for(person)
        out = at_once(4, lambda: work(reset_password, token=token, password=NEW))
        most = max(most, out.count(person))
    assert most > 1, "control: without the guard two at once both set a password"


def test_three_links_an_hour_and_none_for_an_unknown_address(person):
    assert all(ask_for(person) for _ in range(3))
    assert ask_for(person) is None
    unknown = f"{secrets.token_hex(6)}@example.com"
    work(ask_reset, account_indexes=email_indexes(unknown))
    with unit_of_work(directory_scope()) as unit:
        rows = unit.session.execute(
            select(PasswordReset.id).where(PasswordReset.person_id.is_(None))
        ).scalars()
        assert all(issue_reset(unit, reset_id=row) is None for row in rows)


# --- payouts rest after a change


def test_payouts_rest_48_hours_after_a_change_of_the_second_factor(platform, shop, moved_clock):
    staff, owner = make_person(Role.ORDERS, shop.id), make_person(Role.OWNER, shop.id)
    add_app(staff)
    assert work(find_payout_pause, shop_id=shop.id) is None, "who sets up no payouts pauses none"
    add_app(owner)
    pause = work(find_payout_pause, shop_id=shop.id)
    assert pause.reason is PauseReason.SECOND_FACTOR
    moved_clock.move(timedelta(hours=47))
    assert work(find_payout_pause, shop_id=shop.id) == pause
    work(pause_payouts, shop_id=shop.id, reason=PauseReason.BANK_ACCOUNT)
    moved_clock.move(timedelta(hours=2))
    assert work(find_payout_pause, shop_id=shop.id).reason is PauseReason.BANK_ACCOUNT
    moved_clock.move(timedelta(hours=47))
    assert work(find_payout_pause, shop_id=shop.id) is None
    assert work(find_payout_pause, shop_id=new_id()) is None


def test_what_is_over_is_removed(person, moved_clock):
    ask()
    add_app(person)
    tries((secrets.token_bytes(32),), source_of("h"))
    moved_clock.move(timedelta(days=2))
    work(forget_old_tries)
    with unit_of_work(directory_scope()) as unit:
        assert unit.session.execute(select(PasskeyChallenge.challenge)).first() is None
        app = select(AuthenticatorApp.person_id).where(AuthenticatorApp.person_id == person)
        assert unit.session.execute(app).first()
        assert unit.session.execute(select(RecoveryCode.person_id)).first()
