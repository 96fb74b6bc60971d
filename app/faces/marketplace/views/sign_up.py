"""Making an account: the address is proved first, and only its owner learns if it is known."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from app.domains.accounts.challenges.rules import Purpose
from app.domains.accounts.factors.errors import PasswordRefusedError
from app.domains.accounts.factors.rules import LEAST_ALONE, LONGEST_PASSWORD
from app.domains.accounts.people.operations import ask_to_join, finish_joining
from app.domains.accounts.people.rules import LONGEST_EMAIL, LONGEST_NAME
from app.faces.marketplace.views.sign_in import begin
from app.faces.shared.access import public
from app.faces.shared.challenges import check_challenge, offer_challenge
from app.faces.shared.destinations import read_path
from app.faces.shared.languages import current_language
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.unit_of_work import unit_of_work

sign_up = Blueprint("sign_up", __name__)
_FIELDS = frozenset({"name_missing", "email_invalid"})


@sign_up.get("/sign-up")
@public
def ask() -> str:
    """Ask for a name, an address and a password."""
    return _form(name="", email=request.args.get("email", "")[:LONGEST_EMAIL])


@sign_up.post("/sign-up")
@public
def take() -> tuple[str, int]:
    """Take the wish down; the answer is the same whether the address has an account or not."""
    name = request.form.get("name", "")[:LONGEST_NAME]
    email = request.form.get("email", "")[:LONGEST_EMAIL]
    try:
        check_challenge(Purpose.SIGN_UP)
        with unit_of_work(directory_scope()) as unit:
            ask_to_join(
                unit, email=email, name=name, language=current_language(), next_path=_path(),
                password=_password(),
            )  # fmt: skip
    except GalleriaError as error:
        return _form(name=name, email=email, errors={_field(error): error.tell()}), error.status
    return render_template("sign_up_asked.html", email=email.strip(), next=_path()), 200


@sign_up.get("/sign-up/finish/<token>")
@public
def confirm(token: str) -> str:
    """Let the owner of the address finish with a button: programs that read mails follow links."""
    return render_template("sign_up_finish.html", token=token, error="")


@sign_up.post("/sign-up/finish/<token>")
@public
def finish(token: str) -> Response | tuple[str, int]:
    """Make the account and sign its owner in."""
    try:
        with unit_of_work(directory_scope()) as unit:
            joined = finish_joining(unit, token=token)
    except GalleriaError as error:
        page = render_template("sign_up_finish.html", token="", error=error.tell())
        return page, error.status
    path = joined.next_path if joined.has_password else _passkey_path(joined.next_path)
    return begin(joined.person_id, method="link", path=path)


def _password() -> str | None:
    """Return the password that was typed; None where a passkey is to be made instead."""
    if request.form.get("way") == "passkey":
        return None
    return request.form.get("password", "")[: LONGEST_PASSWORD + 1]


def _passkey_path(then: str) -> str:
    """Return the page that makes a passkey and leads on."""
    return url_for("security.new_passkey", to=request.host, next=then)


def _form(*, name: str, email: str, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "sign_up.html", name=name, email=email, errors=errors or {}, next=_path(),
        least=LEAST_ALONE, offered=offer_challenge(Purpose.SIGN_UP),
    )  # fmt: skip


def _field(error: GalleriaError) -> str:
    """Return which field an error stands at; one about no field stands above them all."""
    if isinstance(error, PasswordRefusedError):
        return "password"
    return error.code if error.code in _FIELDS else "form"


def _path() -> str:
    return read_path(request.values, f"{request.script_root}/account")
