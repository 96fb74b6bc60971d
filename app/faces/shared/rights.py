"""What a page may show of a person's rights: links that they may open, roles in words."""

from flask import Flask, current_app, g

from app.domains.accounts.permissions import OF_PLATFORM, Permission, tell_permission


def install_rights(app: Flask) -> None:
    """Let templates ask whether the visitor may open a page or do something."""
    app.jinja_env.globals.update(
        may_open=may_open, may=may_here, permission=Permission, tell_permission=tell_permission
    )


def may_open(endpoint: str) -> bool:
    """Whether the visitor may open a page, by the permission that its view names."""
    access = getattr(current_app.view_functions[endpoint], "access", None)
    return not isinstance(access, Permission) or may_here(access)


def may_here(permission: Permission) -> bool:
    """Whether the visitor has a permission in the shop of this page, or on the platform."""
    visitor = g.get("visitor")
    if visitor is None:
        return False
    if permission in OF_PLATFORM:
        return bool(visitor.may(permission))
    return "shop" in g and bool(visitor.may(permission, g.shop.id))
