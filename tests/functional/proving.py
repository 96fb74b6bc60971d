"""What tests of second factors share: an app, a device with passkeys, the pages' forms."""

import re
from typing import Any

import pyotp

from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tests.conftest import BASE_DOMAIN, HostClient
from tests.simulators.authenticator import Authenticator

ORIGIN = f"http://{BASE_DOMAIN}"


def token_of(page: str) -> dict[str, str]:
    """Return the form token of a page."""
    return {"form_token": re.search(r'name="form_token" value="([^"]+)"', page)[1]}


def code_of(secret: str, steps: int = 0) -> str:
    """Return the code that an app shows now, or some half minutes from now."""
    with unit_of_work(directory_scope()) as unit:
        step = int(unit.now.timestamp()) // 30
    return pyotp.HOTP(secret).at(step + steps)


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
