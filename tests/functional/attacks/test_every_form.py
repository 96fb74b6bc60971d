"""R9: nothing that is sent to a page or a form breaks it: 0 answers of 500 or above.

The places come from the routes of every face, the fields from the pages themselves. A form that no
page shows must stand in `UNSEEN` with its fields; a route that no attack covers cannot be added.
What programs call is described, and attacked besides by tests/contracts/test_api_description.py.
"""

import re
import uuid

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.functional.attacks.conftest import HTML, PROGRAMS
from tests.functional.attacks.places import OWN_TOKEN, Attacker, Place
from tests.functional.attacks.values import CONTENT, FILES, METHODS, NASTY, Attack, attacks

UNSEEN: dict[str, tuple[str, ...]] = {
    "POST */csp-reports": (),
    "POST */sign-out": (),
    "POST merchant_console/shops/<uuid:shop_id>/own-stock": ("stock-1",),
    "POST marketplace/account/sessions/end-others": (),
    "POST marketplace/sign-in/passkey/options": (),
    "POST marketplace/sign-in/second": ("code",),
    "POST marketplace/sign-in/second/passkey/options": (),
    "POST marketplace/sign-in/second/passkey": ("credential",),
    "POST marketplace/reset/<token>/options": (),
    "POST marketplace/reset/<token>": ("password", "code", "credential"),
    "POST marketplace/prove/code": ("code", "next", "to"),
    "POST marketplace/prove/passkey/options": (),
    "POST marketplace/prove/passkey": ("credential", "next", "to"),
    "POST marketplace/account/security/passkeys/options": (),
    "POST marketplace/account/security/passkeys/<uuid:passkey_id>/name": ("name",),
    "POST marketplace/account/security/passkeys/<uuid:passkey_id>/remove": (),
    "POST marketplace/account/security/app/remove": (),
    "POST marketplace/account/security/codes": (),
    "POST marketplace/account/keys/<uuid:token_id>/withdraw": (),
    "POST merchant_console/shops/<uuid:shop_id>/keys/<uuid:token_id>/withdraw": (),
    "POST marketplace/account/sessions/<uuid:parent_id>/end": (),
    "POST marketplace/account/privacy/keep": (),
    "POST storefront/orders/<token>/pay": ("challenge", "cf-turnstile-response"),
    "POST storefront/account/news": ("wants_news",),
    "POST merchant_console/shops/<uuid:shop_id>/approvals/<uuid:approval_id>/withdraw": (),
    "POST merchant_console/shops/<uuid:shop_id>/view-as/stop": (),
    "POST merchant_console/shops/<uuid:shop_id>/profile/undo": ("part", "seen"),
    "POST merchant_console/shops/<uuid:shop_id>/offers": ("person_id",),
    "POST merchant_console/shops/<uuid:shop_id>/offers/<uuid:transfer_id>/accept": (),
    "POST merchant_console/shops/<uuid:shop_id>/offers/<uuid:transfer_id>/end": (),
    "POST marketplace/invitations/<token>": (),
    "POST admin_console/people/<uuid:person_id>": ("role",),
    "POST admin_console/people/<uuid:person_id>/remove": (),
    "POST admin_console/invitations/<uuid:invitation_id>/send": (),
    "POST admin_console/invitations/<uuid:invitation_id>/withdraw": (),
    "POST admin_console/approvals/<uuid:shop_id>/<uuid:approval_id>/approve": (),
    "POST admin_console/approvals/<uuid:shop_id>/<uuid:approval_id>/decline": (),
    "POST admin_console/journals/<uuid:shop_id>/<uuid:approval_id>/approve": (),
    "POST admin_console/journals/<uuid:shop_id>/<uuid:approval_id>/decline": (),
    "POST admin_console/journals/<uuid:shop_id>/<uuid:approval_id>/withdraw": (),
    "POST admin_console/journals/<uuid:shop_id>/<uuid:correction_id>/reverse": (
        "correction_id",
        "reason",
        "reference",
    ),
    "POST admin_console/unanswered": ("shop_id", "kind", "item_id"),
    "POST admin_console/failures/resend": ("database", "shop", "event_id", "reaction"),
    "POST admin_console/shops/<uuid:shop_id>/money": ("reason",),
    "POST admin_console/shops/<uuid:shop_id>/resume": (),
}
"""Forms that no page shows as it stands in the test, with their fields; * is every face."""
USUAL = {"database": "directory", "event_id": str(uuid.UUID(int=7))}
"""What such a field takes, where "1" would never pass."""
QUERIES = {
    "storefront": ("q", "page", "sort", "from", "to", "available", "removed", "quantity", "new",
                   "country", "country_code", "address", "email", "payment_intent", "redirect_status", "code", "next", "again"),
    "marketplace": ("q", "page", "next", "to", "nonce", "code", "token", "again", "email",
                    "country_code"),
    "merchant_console": ("q", "page", "state", "next", "code", "again"),
    "admin_console": ("q", "page", "state", "next", "code", "again"),
    "media": ("q",),
}  # fmt: skip
"""What pages read from the address."""
KEPT = frozenset({"form_token"})
"""Mostly left as it is: without it nothing reaches the view."""
SHARED = {"/assets/<path:name>": "storefront", "/favicon.ico": "storefront",
          "/csp-reports": "storefront", "/sign-out": "merchant_console"}  # fmt: skip
"""The same view on every face: attacked at length on this one."""
FEWEST_AT_RANDOM = 100
CASES = [
    pytest.param(200, marks=pytest.mark.timeout(1800)),
    pytest.param(5000, marks=pytest.mark.nightly),
]
"""One test is all forms of a face: more than ten minutes on a busy machine."""


def unseen_fields(place: Place) -> tuple[str, ...] | None:
    """Return the fields of a form that no page shows, or None where nobody has said them."""
    return UNSEEN.get(str(place), UNSEEN.get(f"POST *{place.rule}"))


def uncovered(places: dict[str, list[Place]]) -> list[str]:
    return [
        str(place)
        for face in HTML
        for place in places[face]
        if place.method == "POST" and not place.is_seen and unseen_fields(place) is None
    ]


def test_every_form_is_known(places):
    missing = uncovered(places)
    assert not missing, "say their fields in UNSEEN:\n" + "\n".join(missing)
    known = {str(place): place for face in places for place in places[face]}
    known |= {f"POST *{place.rule}": place for place in known.values()}
    assert [name for name in UNSEEN if name not in known] == [], "gone: take it out"
    assert all(face in HTML + PROGRAMS for face in places), "a new face: say how it is attacked"
    assert {place.method for face in HTML for place in places[face]} <= {"GET", "POST"}


def test_control_a_form_that_no_page_shows_is_uncovered(places):
    new = Place("storefront", "/gifts", "POST", ())
    assert str(new) in uncovered({**places, "storefront": [*places["storefront"], new]})


TURNED_AWAY = re.compile(r"/(sign-in|prove|hand-over)\b")


def assert_stands(attacker: Attacker, place: Place, attack: Attack) -> int:
    """Send an attack; where it has signed its own person out, once more, signed in."""
    status, headers, _ = attacker.send(place, attack)
    if attacker.renew and attack.cookie is None and TURNED_AWAY.search(headers.get("Location", "")):
        attacker.renew()
        status, headers, _ = attacker.send(place, attack)
    assert status < 500, f"{place}: {status} for {attack!r:.300}"
    return status


def fields_of(place: Place) -> tuple[tuple[str, str], ...]:
    if place.method == "GET":
        known = dict(place.fields)
        return (*place.fields, *((n, "1") for n in QUERIES[place.face] if n not in known))
    if place.is_seen:
        return place.fields
    return (OWN_TOKEN, *((name, USUAL.get(name, "1")) for name in unseen_fields(place) or ()))


HUGE = (
    Attack("POST", fields=tuple((f"field-{n}", "x") for n in range(3000))),
    Attack("POST", fields=tuple((f"field-{n}", "x") for n in range(1500)), is_multipart=True),
    Attack("POST", fields=(("name", "x" * 2_200_000),)),
    Attack("POST", content=("application/json", b"[" * 60_000)),
    Attack("POST", content=("application/json", b'{"a":' * 12_000)),
    Attack("GET", query=b"&".join(b"a%d=1" % n for n in range(3000))),
    Attack("GET", query=b"q=" + b"%F0%9F%A7%BF" * 5000),
    Attack("GET", cookie="x" * 60_000),
    Attack("GET", headers={f"X-Giant-{n}": "x" * 8000 for n in range(40)}),
)
"""What is large, or deep: once each."""


def fixed_attacks(place: Place) -> list[Attack]:
    """Return what is tried once on every route: huge, of another form or method, its own files."""
    method = place.method
    filled = fields_of(place) if place.face in HTML else ()
    return [
        *HUGE,
        *(Attack(other, fields=filled) for other in METHODS),
        *(Attack(method, content=content) for content in CONTENT),
        *(Attack(method, arguments={n: text}) for n in place.arguments for text in NASTY[::3]),
        *(
            Attack(method, fields=filled, files=((name, content),), is_multipart=True)
            for name in place.uploads
            for content in FILES
        ),
    ]


def attack_place(attacker: Attacker, place: Place, cases: int) -> list[str]:
    """Attack a place `cases` times; return what broke it."""
    broken, fixed = [], fixed_attacks(place)
    if attacker.renew:
        attacker.renew()
    for attack in fixed:
        try:
            assert_stands(attacker, place, attack)
        except AssertionError as error:
            broken.append(first_line(error))
    try:
        attack_at_random(attacker, place, max(cases - len(fixed), FEWEST_AT_RANDOM))
    except AssertionError as error:
        broken.append(first_line(error))
    return broken


def first_line(error: AssertionError) -> str:
    return str(error).splitlines()[0]


def attack_at_random(attacker: Attacker, place: Place, cases: int) -> None:
    form = attacks(
        place.method, filled=fields_of(place), uploads=place.uploads, arguments=place.arguments,
        kept=KEPT,
    )  # fmt: skip

    @settings(
        max_examples=cases, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(form)
    def stands(attack: Attack) -> None:
        assert_stands(attacker, place, attack)

    stands()


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("face", HTML)
def test_nothing_that_is_sent_breaks_a_page(places, attackers, slowest, face, method, cases):
    broken = []
    for place in places[face]:
        if place.method == method and SHARED.get(place.rule, face) == face:
            broken += attack_place(attackers[face], place, cases)
    assert not broken, "\n".join(broken)
    slowest(attackers[face])


@pytest.mark.parametrize("face", PROGRAMS)
def test_what_is_no_json_breaks_no_call(places, attackers, face):
    """The calls' own values are tests/contracts/test_api_description.py's; here is the rest."""
    broken = []
    for place in places[face]:
        arguments = [
            Attack(place.method, arguments={name: text})
            for name in place.arguments
            for text in NASTY
        ]
        for attack in (*fixed_attacks(place), *arguments):
            try:
                assert_stands(attackers[face], place, attack)
            except AssertionError as error:
                broken.append(first_line(error))
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("face", HTML)
def test_each_nasty_text_in_each_argument_breaks_nothing(places, attackers, face):
    broken = []
    for place in places[face]:
        if place.method == "POST":
            continue
        for name in place.arguments:
            for text in NASTY:
                try:
                    assert_stands(attackers[face], place, Attack("GET", arguments={name: text}))
                except AssertionError as error:
                    broken.append(first_line(error))
    assert not broken, "\n".join(broken)
