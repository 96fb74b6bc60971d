"""Keys of programs: who a call speaks for, and whether its key opens it (RFC 6750)."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from app.domains.accounts.permissions import Permission
from app.domains.accounts.tokens.errors import (
    ScopeMissingError,
    TokenMissingError,
    TokenRefusedError,
)
from app.domains.accounts.tokens.operations import note_token_use
from app.domains.accounts.tokens.queries import Bearer, find_bearer
from app.domains.accounts.tokens.rules import PREFIX, Scope, tell_scope
from app.faces.api.problems import answer_problem
from app.faces.shared.access import Access
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work

View = TypeVar("View", bound=Callable[..., Any])
SCHEME = "token"
SECURITY_SCHEMES: dict[str, Any] = {
    SCHEME: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": f"{PREFIX}…",
        "description": "A key for programs, made on one's account's pages or in a shop's console."
        " The names beside it say what it must open.",
    }
}
"""How the OpenAPI document says that a call needs a key."""
_REALM = 'Bearer realm="Galleria"'


def opened_by(
    scope: Scope,
    register: Callable[..., Callable[[View], Any]],
    path: str,
    name: str,
    answers: Mapping[int, Any],
) -> Callable[[View], View]:
    """Register a view as a call of programs whose key has `scope`; the OpenAPI document says so.

    `register` is a blueprint's method, such as `account.get`; `name` is the call's operation id,
    and `answers` has the schema of each status.
    """

    def decorate(view: View) -> View:
        view.access = scope if isinstance(scope, Permission) else Access.SIGNED_IN  # type: ignore[attr-defined]
        view.scope = scope  # type: ignore[attr-defined]
        security = [{SCHEME: [scope.value]}]
        register(path, operation_id=name, responses=dict(answers), security=security)(view)
        return view

    return decorate


def current_bearer() -> Bearer:
    """Return who this call's key speaks for."""
    bearer: Bearer = g.bearer
    return bearer


def install_bearers(app: Flask) -> None:
    """Check the key of each call that needs one, before anything else is read of it."""

    @app.before_request
    def check() -> Response | None:
        view = current_app.view_functions.get(request.endpoint or "")
        scope: Scope | None = getattr(view, "scope", None)
        return _check(scope) if scope else None


def _check(scope: Scope) -> Response | None:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.casefold() != "bearer" or not secret.strip():
        return _refuse(TokenMissingError(), _REALM)
    bearer = _find(secret.strip())
    if bearer is None:
        return _refuse(TokenRefusedError(), f'{_REALM}, error="invalid_token"')
    if scope not in bearer.scopes:
        error = ScopeMissingError(scope=tell_scope(scope))
        return _refuse(error, f'{_REALM}, error="insufficient_scope", scope="{scope.value}"')
    g.bearer = bearer
    return None


def _find(secret: str) -> Bearer | None:
    """Return who a key speaks for; one of another shop is as good as none here."""
    with unit_of_work(directory_scope()) as unit:
        bearer = find_bearer(unit, secret=secret)
        if bearer is None or (bearer.shop_id and bearer.shop_id != _shop_id()):
            return None
        if bearer.needs_note:
            note_token_use(unit, token_id=bearer.token_id)
    return bearer


def _shop_id() -> Any:
    shop = request.environ.get("galleria.shop")
    return shop.id if shop else None


def _refuse(error: Any, challenge: str) -> Response:
    response = answer_problem(error)
    response.headers["WWW-Authenticate"] = challenge
    return response
