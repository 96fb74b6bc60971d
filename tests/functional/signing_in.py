"""People of the tests: made in the directory, signed in through the pages as a browser would."""

import secrets
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from app.domains.accounts.factors.operations.passwords import hash_password
from app.domains.accounts.memberships.operations import grant_role
from app.domains.accounts.people.operations import register_person
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.rules import Role
from app.domains.accounts.sessions.operations.signing_in import begin_session
from app.domains.accounts.sessions.rules import Origin
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, HostClient
from tests.functional.challenges import solve
from tests.functional.proving import give_app, next_code

PASSWORD = "a long pass phrase of tests"
CHALLENGED = "could not check that a person"


@cache
def hash_once(password: str) -> str:
    """Return a password's hash, one for all who have it: making one takes 0.1 s of CPU."""
    return hash_password(password)


def make_person(
    *roles: tuple[UUID, Role],
    email: str = "",
    name: str = "Pat Person",
    language: str = "en",
    has_app: bool | None = None,
    password_hash: str = "",
) -> str:
    """Make a person with these roles; return the address, which signs in with PASSWORD.

    Without a `password_hash` of their own they share one with all others.

    Whoever has a role has an app too, as they must, unless the test says otherwise.
    """
    email = email or f"{secrets.token_hex(6)}@example.com"
    with unit_of_work(directory_scope()) as unit:
        person_id = register_person(
            unit, email=email, name=name, password_hash=password_hash or hash_once(PASSWORD),
            language=language,
        )  # fmt: skip
        for shop_id, role in roles:
            grant_role(unit, person_id=person_id, shop_id=shop_id, role=role)
    if bool(roles) if has_app is None else has_app:
        give_app(person_id)
    return email


def sign_in(web: Any, host: str, email: str, password: str = PASSWORD) -> HostClient:
    """Sign in on the marketplace and take the sign-in over on `host`; return its client."""
    market = HostClient(web, BASE_DOMAIN)
    answer = give_password_and_code(market, email, password)
    assert answer.status_code == 303, answer.text
    return market if host == BASE_DOMAIN else take_over(market, HostClient(web, host))


def try_password(market: HostClient, email: str, password: str = PASSWORD) -> Any:
    """Send address and password, with the work that is asked for after failures."""
    form = {"email": email, "password": password}
    answer = market.post("/en/sign-in", form)
    if CHALLENGED in answer.text:
        answer = market.post("/en/sign-in", form | solve(answer.text))
    return answer


def give_password_and_code(market: HostClient, email: str, password: str = PASSWORD) -> Any:
    """Sign in with the password, and with the app's code where that is asked for."""
    answer = try_password(market, email, password)
    if "/sign-in/second" in answer.headers.get("Location", ""):
        answer = market.post("/en/sign-in/second", {"code": next_code(email)})
    return answer


def take_over(market: HostClient, client: HostClient, path: str = "/") -> HostClient:
    """Take a sign-in of the marketplace over on another host, as redirects lead a browser."""
    leave = client.get(f"/sign-in?next={path}")
    assert leave.status_code == 303, leave.text
    back = market.get(_path(leave, BASE_DOMAIN))
    assert back.status_code == 303, back.text
    arrived = client.get(_path(back, client.host))
    assert arrived.status_code == 303, arrived.text
    return client


def sign_in_as(platform: Any, face: str, *roles: tuple[UUID, Role]) -> HostClient:
    """Return a client of a console, signed in as a new person with these roles.

    The session is begun as the hand-over from the marketplace begins it; `sign_in` goes through the
    pages instead, which costs seven requests and a check of the password.
    """
    client = platform.client(f"{face}.{BASE_DOMAIN}")
    client.keep_cookie("session", begin_session_of(make_person(*roles), client.host))
    return client


def begin_session_of(email: str, host: str) -> str:
    """Begin a session of a person on a host; return its secret."""
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
        assert person_id
        return begin_session(
            unit, person_id=person_id, host=host, method="password",
            origin=Origin("a test", "127.0.0.1"), device_token="",
        ).token  # fmt: skip


def _path(answer: Any, host: str) -> str:
    parts = urlsplit(answer.headers["Location"])
    assert parts.netloc == host, answer.headers["Location"]
    return f"{parts.path}?{parts.query}"
