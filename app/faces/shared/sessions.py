"""Signed-in people on the consoles: the cookie, the visitor, the permission, the form's token."""

import hmac
from typing import Any
from uuid import UUID

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response

from app.domains.accounts.operations import touch_session
from app.domains.accounts.permissions import OF_PLATFORM, Permission
from app.domains.accounts.queries import Visitor, find_visitor
from app.domains.accounts.rules import SESSION_LIFE
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


def cookie_name(configuration: Configuration, name: str) -> str:
    """Return a host-only cookie's name; the prefix needs TLS."""
    return f"__Host-{name}" if configuration.is_secure else name


def install_sessions(app: Flask) -> None:
    """Load the visitor of each request, and check the permission that its view names."""
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)

    @manager.request_loader  # type: ignore[untyped-decorator]  # the library is untyped
    def load(_: Any) -> SignedInPerson | None:
        visitor = _find(current_app.config["GALLERIA"])
        return SignedInPerson(visitor) if visitor else None

    @app.before_request
    def check() -> Any:
        return _check_access()

    app.jinja_env.globals.update(visitor=lambda: g.get("visitor"), form_token=current_form_token)


def _find(configuration: Configuration) -> Visitor | None:
    token = request.cookies.get(cookie_name(configuration, "session"), "")
    if not token:
        return None
    with unit_of_work(directory_scope()) as unit:
        visitor = find_visitor(unit, token=token, host=request.host)
        if visitor and visitor.needs_touch:
            touch_session(unit, session_id=visitor.session_id)
    return visitor


def _check_access() -> Any:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None
    access: Permission | None = getattr(view, "access", None)
    visitor = current_user.visitor if current_user.is_authenticated else None
    g.visitor = visitor
    if access is None:
        return None
    if visitor is None:
        if request.method in SAFE_METHODS:
            return redirect(url_for("sign_in.ask", next=request.full_path.rstrip("?")))
        abort(401)
    _check_form_token()
    if access in OF_PLATFORM:
        return None if visitor.may(access) else abort(404)
    g.shop = _chosen_shop(visitor)
    if g.shop is None or not visitor.may(access, g.shop.id):
        abort(404)
    return None


def _chosen_shop(visitor: Visitor) -> ShopRecord | None:
    """Return the shop that the URL names, if the person works there; another's is a 404."""
    shop_id = (request.view_args or {}).get("shop_id")
    if not isinstance(shop_id, UUID) or shop_id not in visitor.roles:
        return None
    with unit_of_work(directory_scope()) as unit:
        return find_shop_by_id(unit, shop_id)


def current_form_token() -> str:
    """Return the token for this session's forms."""
    configuration: Configuration = current_app.config["GALLERIA"]
    token = request.cookies.get(cookie_name(configuration, "session"), "")
    return form_token(configuration.secret_keys[0], token)


def _check_form_token() -> None:
    if request.method in SAFE_METHODS:
        return
    if not hmac.compare_digest(request.form.get("form_token", ""), current_form_token()):
        abort(403)


def set_session_cookie(response: Response, token: str) -> None:
    """Give the browser its session."""
    configuration: Configuration = current_app.config["GALLERIA"]
    response.set_cookie(
        cookie_name(configuration, "session"), token, max_age=int(SESSION_LIFE.total_seconds()),
        secure=configuration.is_secure, httponly=True, samesite="Lax", path="/",
    )  # fmt: skip


def drop_session_cookie(response: Response) -> None:
    """Take the browser's session away."""
    configuration: Configuration = current_app.config["GALLERIA"]
    response.delete_cookie(cookie_name(configuration, "session"), path="/")
