"""The pages about keys for programs share a form: of the own account, and of a shop."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext

from app.domains.accounts.tokens.errors import TokenNotMadeError
from app.domains.accounts.tokens.operations import make_token
from app.domains.accounts.tokens.rules import LIVES, USUAL_LIFE, Scope, tell_scope
from app.faces.shared.sessions import signed_in_visitor
from app.foundation.database import directory_scope
from app.foundation.errors import GalleriaError
from app.foundation.identifiers import new_id, parse_id
from app.foundation.unit_of_work import unit_of_work

LONGEST = 100


@dataclass(frozen=True, slots=True)
class TokenForm:
    """What was written about a new key; the form brings its id, so that twice is once."""

    token_id: UUID = field(default_factory=new_id)
    name: str = ""
    scopes: frozenset[str] = frozenset()
    days: int = USUAL_LIFE
    errors: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A key that was just made: shown once. `secret` is None where it was made before."""

    form: TokenForm
    secret: str | None
    status: int


def scope_choices(scopes: Iterable[Scope]) -> list[tuple[str, str]]:
    """Return scopes with a sentence each."""
    return [(scope.value, tell_scope(scope)) for scope in scopes]


def life_choices() -> list[tuple[int, str]]:
    """Return how long a key may last."""
    return [(days, gettext("%(days)s days", days=days)) for days in LIVES]


def take_token_form(*, shop_id: UUID | None, allowed: Iterable[Scope]) -> Made:
    """Make the key that the form asks for, or say in the form what is wrong with it."""
    form = _read()
    try:
        with unit_of_work(directory_scope()) as unit:
            secret = make_token(
                unit, token_id=form.token_id, person_id=signed_in_visitor().person_id,
                shop_id=shop_id, name=form.name, scopes=form.scopes, days=form.days,
                allowed=[scope.value for scope in allowed],
            )  # fmt: skip
    except TokenNotMadeError as error:
        return Made(_again(form, error.tell(), error.fields), None, error.status)
    except GalleriaError as error:
        return Made(_again(form, error.tell(), {}), None, error.status)
    return Made(form, secret, 200)


def _read() -> TokenForm:
    return TokenForm(
        parse_id(request.form.get("token_id", "")) or new_id(),
        request.form.get("name", "")[:LONGEST],
        frozenset(request.form.getlist("scopes")),
        request.form.get("days", 0, type=int),
    )


def _again(form: TokenForm, problem: str, errors: Mapping[str, Any]) -> TokenForm:
    return TokenForm(form.token_id, form.name, form.scopes, form.days, errors, problem)
