"""The second step of signing in: a code of the app, a recovery code or a passkey."""

from contextlib import AbstractContextManager

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.accounts.factors.errors import SecondStepOverError
from app.domains.accounts.factors.operations.codes import prove_with_code
from app.domains.accounts.factors.operations.second_step import (
    SecondStep,
    end_second_step,
    get_second_step,
)
from app.domains.accounts.factors.queries import list_second_factors
from app.domains.accounts.factors.rules import Ceremony, Factor, Step
from app.faces.marketplace.proofs import (
    check_passkey,
    counted,
    headers_of,
    passkey_options,
    typed_code,
)
from app.faces.marketplace.views.sign_in import begin, next_path
from app.faces.shared import cookies
from app.faces.shared.access import public
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.unit_of_work import unit_of_work

second_step = Blueprint("second_step", __name__)


@second_step.errorhandler(SecondStepOverError)
def over(error: SecondStepOverError) -> Response:
    """Lead back to the beginning when the ten minutes are over."""
    flash(error.tell())
    return redirect(url_for("sign_in.ask", next=next_path()), code=303)


@second_step.get("/sign-in/second")
@public
def ask() -> str:
    """Ask for the second factor."""
    return _page(_current(), error="")


@second_step.post("/sign-in/second")
@public
def take() -> Response | tuple[str, int, dict[str, str]]:
    """Take a code; failures count against the account, from unknown devices or from this one."""
    pending = _current()
    try:
        with _counted(pending), unit_of_work(directory_scope()) as unit:
            factor = prove_with_code(unit, person_id=pending.person_id, code=typed_code())
            end_second_step(unit, token=cookies.read_cookie(cookies.SECOND_STEP))
    except SecondStepOverError:
        raise
    except GalleriaError as error:
        return _page(pending, error=error.tell()), error.status, headers_of(error)
    return _finish(pending, factor)


@second_step.post("/sign-in/second/passkey/options")
@public
def passkey() -> Response:
    """Say what the person's passkey is to sign."""
    return passkey_options(Ceremony.SECOND_STEP, _current().person_id, must_verify=False)


@second_step.post("/sign-in/second/passkey")
@public
def take_passkey() -> Response | tuple[str, int, dict[str, str]]:
    """Take a passkey; it is never blocked."""
    pending = _current()
    try:
        check_passkey(Ceremony.SECOND_STEP, pending.person_id, must_verify=False)
    except GalleriaError as error:
        return _page(pending, error=error.tell()), error.status, {}
    with unit_of_work(directory_scope()) as unit:
        end_second_step(unit, token=cookies.read_cookie(cookies.SECOND_STEP))
    return _finish(pending, Factor.PASSKEY)


def _counted(pending: SecondStep) -> AbstractContextManager[None]:
    return counted(Step.CODE, pending.account_indexes, forgives=(SecondStepOverError,))


def _current() -> SecondStep:
    _ = request.form  # one that is too large is refused here, not while an error is told
    with unit_of_work(directory_scope()) as unit:
        return get_second_step(unit, token=cookies.read_cookie(cookies.SECOND_STEP))


def _page(pending: SecondStep, *, error: str) -> str:
    with unit_of_work(directory_scope()) as unit:
        factors = list_second_factors(unit, pending.person_id)
    return render_template(
        "second_step.html", error=error, next=next_path(), has_passkey=Factor.PASSKEY in factors,
        has_app=Factor.APP in factors,
    )  # fmt: skip


def _finish(pending: SecondStep, factor: Factor) -> Response:
    response = begin(pending.person_id, method=factor.value, path=next_path())
    cookies.drop_cookie(response, cookies.SECOND_STEP)
    return response
