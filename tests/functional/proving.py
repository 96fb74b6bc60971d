"""What tests of second factors share: an app, a device with passkeys, the pages' forms."""

import re
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update

from app.domains.accounts.factors.models import AuthenticatorApp, UsedCode
from app.domains.accounts.factors.operations.codes import begin_app
from app.domains.accounts.people.queries import find_person_id
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, HostClient
from tests.simulators.authenticator import Authenticator

ORIGIN = f"http://{BASE_DOMAIN}"


def give_app(person_id: UUID) -> None:
    """Let a person have an app since long ago: nothing is told, audited or paused for it."""
    with unit_of_work(directory_scope()) as unit:
        begin_app(unit, person_id=person_id)
        unit.session.execute(
            update(AuthenticatorApp)
            .where(AuthenticatorApp.person_id == person_id)
            .values(is_confirmed=True)
        )


def next_code(email: str) -> str:
    """Return a good code of a person's app, however often it is asked for."""
    with unit_of_work(directory_scope()) as unit:
        person_id = find_person_id(unit, email=email)
        unit.session.execute(delete(UsedCode).where(UsedCode.person_id == person_id))
        secret = unit.session.execute(
            select(AuthenticatorApp.secret).where(
                AuthenticatorApp.person_id == person_id, AuthenticatorApp.is_confirmed
            )
        ).scalar_one()
    return code_of(secret)


def token_of(page: str) -> dict[str, str]:
    """Return the form token of a page."""
    return {"form_token": re.search(r'name="form_token" value="([^"]+)"', page)[1]}


def code_of(secret: str, steps: int = 0) -> str:
    """Return the code that an app shows now, or some half minutes from now."""
    with unit_of_work(directory_scope()) as unit:
        step = int(unit.now.timestamp()) // 30
    return pyotp.HOTP(secret).at(step + steps)


def give_code(page: Any, email: str) -> None:
    """Type the app's code in a browser that is at the second step."""
    page.wait_for_url("**/sign-in/second?**")
    page.locator("#code").fill(next_code(email))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def codes_of(page: str) -> list[str]:
    """Return the recovery codes that a page shows."""
    return re.findall(r"<li><code>([^<]+)</code>", page)


def set_up_app(client: HostClient, **more: str) -> tuple[str, Any]:
    """Set an app up on the pages, with the code of the step before; return its secret."""
    page = client.get("/en/account/security/app", query_string=more).text
    secret = re.search(r'class="typed-key"[^>]*>([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    form = {**token_of(page), **more, "code": code_of(secret, -1)}
    return secret, client.post("/en/account/security/app", form)


def new_device(**facts: bool) -> Authenticator:
    return Authenticator(ORIGIN, **facts)


def add_passkey(client: HostClient, device: Authenticator, name: str = "Phone") -> Any:
    """Add a passkey on the pages, as the script does."""
    form = token_of(client.get("/en/account/security/passkeys/new").text)
    options = client.post("/en/account/security/passkeys/options", form)
    assert options.status_code == 200, options.text
    form |= {"name": name, "credential": device.create(options.text)}
    return client.post("/en/account/security/passkeys/new", form)


def use_passkey(client: HostClient, device: Authenticator, path: str, **form: str) -> Any:
    """Answer with a passkey where a page asks for one, as the script does."""
    options = client.post(f"{path}/options", form)
    assert options.status_code == 200, options.text
    return client.post(path, {**form, "credential": device.get(options.text)})
