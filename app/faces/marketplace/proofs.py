"""What signing in, proving and the security pages share: passkeys' party, counted tries, codes."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Response, current_app, request

from app.domains.accounts.factors.errors import PasskeyRefusedError
from app.domains.accounts.factors.operations.failures import (
    begin_attempt,
    forgive_attempt,
    source_of,
)
from app.domains.accounts.factors.operations.passkeys.answers import RelyingParty
from app.domains.accounts.factors.operations.passkeys.proving import (
    ProvedPasskey,
    begin_ceremony,
    finish_ceremony,
)
from app.domains.accounts.factors.queries import find_known_device
from app.domains.accounts.factors.rules import Ceremony, Step
from app.domains.accounts.sessions.errors import TooManyFailuresError
from app.domains.accounts.sessions.operations.signing_in import note_refusal
from app.faces.shared import cookies
from app.faces.shared.browsers import current_origin
from app.foundation.configuration import Configuration
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.identifiers import new_token
from app.foundation.unit_of_work import unit_of_work

LONGEST_CODE = 64
BROWSER_SECONDS = 10 * 60
"""How long a browser is known by its cookie; a challenge ends sooner."""


def relying_party() -> RelyingParty:
    """Return whom passkeys are for: the marketplace's own host, and answers from there only."""
    configuration: Configuration = current_app.config["GALLERIA"]
    host = configuration.base_domain
    return RelyingParty(host.partition(":")[0], f"{configuration.url_scheme}://{host}")


@contextmanager
def counted(
    step: Step,
    account_indexes: tuple[bytes, ...],
    *,
    forgives: tuple[type[GalleriaError], ...] = (),
) -> Iterator[None]:
    """Count a try in a commit of its own, and take it back unless the block is refused.

    Refusals in `forgives` tell nothing of a secret and are taken back too; of every other one the
    owner sees a line in their sign-ins. Raises TooManyFailuresError.
    """
    with unit_of_work(directory_scope()) as unit:
        device = find_known_device(
            unit, account_indexes=account_indexes, token=cookies.read_cookie(cookies.DEVICE)
        )
        attempt_id = begin_attempt(
            unit, step=step, account_indexes=account_indexes, device_hash=device,
            source=source_of(request.remote_addr or ""),
        )  # fmt: skip
    try:
        yield
    except forgives:
        _forgive(attempt_id)
        raise
    except GalleriaError:
        with unit_of_work(directory_scope()) as unit:
            note_refusal(
                unit, account_indexes=account_indexes, method=step.value, origin=current_origin()
            )
        raise
    _forgive(attempt_id)


def is_known_here(account_indexes: tuple[bytes, ...]) -> bool:
    """Whether this browser has signed in to an account before."""
    with unit_of_work(directory_scope()) as unit:
        token = cookies.read_cookie(cookies.DEVICE)
        return find_known_device(unit, account_indexes=account_indexes, token=token) is not None


def _forgive(attempt_id: UUID) -> None:
    with unit_of_work(directory_scope()) as unit:
        forgive_attempt(unit, attempt_id=attempt_id)


def headers_of(error: GalleriaError) -> dict[str, str]:
    """Return what a refusal says to programs: when to try again."""
    return {"Retry-After": "900"} if isinstance(error, TooManyFailuresError) else {}


def passkey_options(ceremony: Ceremony, person_id: UUID | None, *, must_verify: bool) -> Response:
    """Answer a script that asks what a passkey is to sign; the browser is remembered."""
    browser = cookies.read_cookie(cookies.BROWSER) or new_token()
    with unit_of_work(directory_scope()) as unit:
        options = begin_ceremony(
            unit, ceremony=ceremony, browser=browser, party=relying_party(), person_id=person_id,
            must_verify=must_verify,
        )  # fmt: skip
    return give_options(options, browser)


def give_options(options: str, browser: str) -> Response:
    """Return options as JSON, with the cookie that the challenge is bound to."""
    response = Response(options, mimetype="application/json")
    cookies.set_cookie(response, cookies.BROWSER, browser, seconds=BROWSER_SECONDS)
    return response


def check_passkey(
    ceremony: Ceremony, person_id: UUID | None, *, must_verify: bool
) -> ProvedPasskey:
    """Check the passkey's answer in this form, in a unit of its own. Raises PasskeyRefusedError."""
    browser = cookies.read_cookie(cookies.BROWSER)
    if not browser:
        raise PasskeyRefusedError
    with unit_of_work(directory_scope()) as unit:
        return finish_ceremony(
            unit, ceremony=ceremony, browser=browser, party=relying_party(),
            answer=request.form.get("credential", ""), person_id=person_id,
            must_verify=must_verify,
        )  # fmt: skip


def typed_code() -> str:
    """Return the code of this form, of the app or for recovery."""
    return request.form.get("code", "")[:LONGEST_CODE]
