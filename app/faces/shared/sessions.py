"""Signed-in people: the cookie, the visitor, the permission, the proof, the form's token."""

import hmac
from typing import Any
from uuid import UUID

from flask import Flask, abort, after_this_request, current_app, g, redirect, request
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response

from app.domains.accounts.memberships.errors import OnlyLookingError
from app.domains.accounts.permissions import OF_PLATFORM, Permission
from app.domains.accounts.rules import PLATFORM
from app.domains.accounts.sessions.operations.proving import touch_session
from app.domains.accounts.sessions.operations.renewing import renew_token
from app.domains.accounts.sessions.queries import Visitor, find_visitor
from app.domains.accounts.sessions.rules import SESSION_LIFE
from app.faces.shared import cookies
from app.faces.shared.access import Access
from app.faces.shared.destinations import current_page
from app.faces.shared.parking import (
    fill_page,
    find_written_form,
    forget_sent_form,
    keep_written_form,
)
from app.faces.shared.security import SAFE_METHODS, form_token
from app.foundation.configuration import Configuration
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord, find_shop_by_id


class SignedInPerson(UserMixin):  # type: ignore[misc]  # the library is untyped
    """What Flask-Login keeps for a request: the visitor that the session's secret belongs to."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor

    def get_id(self) -> str:
        """Return the session's id; Flask-Login stores nothing of ours in its own cookie."""
        return str(self.visitor.session_id)


def install_sessions(app: Flask) -> None:
    """Load the visitor where a view or a page asks, and check what the view demands."""
    manager = LoginManager()
    manager.session_protection = None
    # Its name for templates is not ours, and would look the visitor up for pages that ask for none.
    manager.init_app(app, add_context_processor=False)

    @manager.request_loader  # type: ignore[untyped-decorator]  # the library is untyped
    def load(_: Any) -> SignedInPerson | None:
        visitor = _find()
        return SignedInPerson(visitor) if visitor else None

    @app.before_request
    def check() -> Any:
        return _check_access()

    app.after_request(fill_page)
    app.jinja_env.globals.update(visitor=current_visitor, form_token=current_form_token)


def current_visitor() -> Visitor | None:
    """Return who is signed in on this host; looked up once, when first asked for."""
    if "visitor" not in g:
        g.visitor = current_user.visitor if current_user.is_authenticated else None
    visitor: Visitor | None = g.visitor
    return visitor


def signed_in_visitor() -> Visitor:
    """Return who is signed in, in a view that is for signed-in people only.

    Raises LookupError in any other.
    """
    visitor = current_visitor()
    if visitor is None:
        raise LookupError("nobody is signed in: the view must say @signed_in or @requires")
    return visitor


def _find() -> Visitor | None:
    token = cookies.read_cookie(cookies.SESSION)
    if not token:
        return None
    with unit_of_work(directory_scope()) as unit:
        visitor = find_visitor(unit, token=token, host=request.host)
        if visitor is None:
            return None
        if visitor.needs_touch and not visitor.is_locked:
            touch_session(unit, parent_id=visitor.parent_id)
        renewed = renew_token(unit, session_id=visitor.session_id) if visitor.wants_token else None
    if renewed:
        _set_renewed_token(renewed)
    return visitor


def _set_renewed_token(token: str) -> None:
    @after_this_request
    def renew(response: Response) -> Response:
        set_session_cookie(response, token)
        return response


def _check_access() -> Any:
    view = current_app.view_functions.get(request.endpoint or "")
    access: Permission | Access | None = getattr(view, "access", None)
    if view is None or access is None:
        return None
    visitor = current_visitor()
    if visitor is None:
        return _lead_away(current_page().by_sign_in())
    if _must_prove(view, visitor):
        return _lead_away(current_page().by_proof())
    if _must_be_protected(access, visitor):
        return _lead_away(current_page().by_protection())
    _check_form_token()
    _check_permission(access, visitor)
    if request.method in SAFE_METHODS:
        find_written_form(visitor.person_id)
    else:
        forget_sent_form()
    return None


def _must_prove(view: Any, visitor: Visitor) -> bool:
    is_locked = visitor.is_locked and not getattr(view, "is_open_when_locked", False)
    return is_locked or (getattr(view, "needs_fresh_proof", False) and not visitor.has_fresh_proof)


def _must_be_protected(access: Permission | Access, visitor: Visitor) -> bool:
    """Whether a person with a role has no second factor yet: no console opens without (SEC-009)."""
    is_console = current_app.name.endswith("_console")
    is_at_work = is_console or isinstance(access, Permission)
    return is_at_work and bool(visitor.roles) and not visitor.is_protected


def _lead_away(url: str) -> Response:
    """Lead to where a person signs in or proves themselves; what they had written is kept."""
    response = redirect(url, code=303)
    if request.method not in SAFE_METHODS:
        keep_written_form(response, current_page())
    return response


def _check_permission(access: Permission | Access, visitor: Visitor) -> None:
    """Check a permission on the platform or on the shop that the URL names; else it is a 404."""
    if isinstance(access, Access):
        return
    if access in OF_PLATFORM:
        if not visitor.may(access):
            abort(404)
        return
    g.shop = _chosen_shop(visitor)
    if g.shop is None or not visitor.may(access, g.shop.id):
        abort(404)
    _refuse_changes_of_onlookers(visitor, g.shop.id)


def _refuse_changes_of_onlookers(visitor: Visitor, shop_id: UUID) -> None:
    """Let whoever sees a shop as another role change nothing. Raises OnlyLookingError."""
    if visitor.looking is None or visitor.looking.shop_id != shop_id:
        return
    view = current_app.view_functions[request.endpoint or ""]
    if request.method not in SAFE_METHODS and not getattr(view, "is_open_when_looking", False):
        raise OnlyLookingError


def _chosen_shop(visitor: Visitor) -> ShopRecord | None:
    """Return the shop that the URL names, if the person works there; another's is a 404."""
    shop_id = (request.view_args or {}).get("shop_id")
    if not isinstance(shop_id, UUID) or shop_id == PLATFORM or shop_id not in visitor.roles:
        return None
    with unit_of_work(directory_scope()) as unit:
        return find_shop_by_id(unit, shop_id)


def current_form_token() -> str:
    """Return the token for the forms of this session."""
    visitor = current_visitor()
    return _tokens(visitor)[0] if visitor else ""


def _tokens(visitor: Visitor) -> list[str]:
    configuration: Configuration = current_app.config["GALLERIA"]
    return [form_token(key, str(visitor.session_id)) for key in configuration.secret_keys]


def _check_form_token() -> None:
    """Refuse a form without this session's token; the first secret signs, all of them verify."""
    visitor = current_visitor()
    if request.method in SAFE_METHODS or visitor is None:
        return
    given = request.form.get("form_token", "").encode()
    if not any(hmac.compare_digest(given, token.encode()) for token in _tokens(visitor)):
        abort(403)


def set_session_cookie(response: Response, token: str) -> None:
    """Give the browser its session."""
    cookies.set_cookie(response, cookies.SESSION, token, seconds=int(SESSION_LIFE.total_seconds()))
