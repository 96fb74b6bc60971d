"""Who may do what: the page in the code, the page for people, and the views agree."""

import re

from app.command_line import roles as page
from app.domains.accounts.permissions import (
    GRANTED,
    OF_PLATFORM,
    OF_SHOP,
    OWNERS_ONLY,
    PLATFORM_ROLES,
    ROLE_NAMES,
    SHOP_ROLES,
    Permission,
)
from app.domains.accounts.rules import Role
from tests.conftest import ROOT

WITHOUT_A_VIEW = {
    Permission.ANSWER_BUYERS,
    Permission.ARRANGE_SERVICE,
    Permission.SEE_ANALYTICS,
    Permission.CHANGE_PROMOTIONS,
    Permission.EXPORT_SHOP,
    Permission.ERASE_SHOP,
}
"""Permissions whose pages come later; a view that names one takes it off this list."""


def views():
    """Return (file, method, permission) of every view that names a permission."""
    pattern = re.compile(
        r"@\w+\.(get|post|put|delete)\([^\n]*\)\n(?:@\w+(?:\([^\n]*\))?\n)*?"
        r"@requires\(Permission\.(\w+)\)"
    )
    return [
        (path.name, method, Permission[name])
        for path in sorted((ROOT / "app/faces").rglob("views/**/*.py"))
        for method, name in pattern.findall(path.read_text())
    ]


def test_the_page_for_people_is_the_page_in_the_code():
    assert page.role_problems() == []


def test_control_a_changed_role_shows_on_the_page(monkeypatch):
    changed = {**GRANTED, Role.SUPPLIER: GRANTED[Role.SUPPLIER] | {Permission.SEE_ORDERS}}
    monkeypatch.setattr(page, "GRANTED", changed)
    assert page.role_problems() != []


def test_every_permission_has_one_place_and_a_sentence():
    assert set(OF_SHOP) | set(OF_PLATFORM) == set(Permission)
    assert not set(OF_SHOP) & set(OF_PLATFORM)
    assert set(GRANTED) | {Role.CUSTOM} == set(Role) == set(ROLE_NAMES)
    assert {*SHOP_ROLES, *PLATFORM_ROLES, Role.CUSTOM} == set(Role)
    assert not set(SHOP_ROLES) & set(PLATFORM_ROLES)


def test_the_table_of_the_issue():
    """Marketing: analytics and promotions only. Supplier: own stock only (BOX-8)."""
    own = {Permission.SEE_OWN_RIGHTS}
    assert GRANTED[Role.MARKETING] - own == {Permission.SEE_ANALYTICS, Permission.CHANGE_PROMOTIONS}
    assert GRANTED[Role.SUPPLIER] - own == {Permission.COUNT_OWN_STOCK}
    assert GRANTED[Role.OWNER] == set(OF_SHOP)
    assert GRANTED[Role.ADMIN] == set(OF_PLATFORM)
    for role in set(SHOP_ROLES) - {Role.OWNER}:
        assert not GRANTED[role] & OWNERS_ONLY, role
        assert own <= GRANTED[role], "everyone sees what they may do"
    for role in set(SHOP_ROLES) - {Role.OWNER, Role.ADMINISTRATOR}:
        assert not GRANTED[role] & {Permission.MANAGE_PEOPLE, Permission.REFUND}, role


def test_views_are_found():
    assert len(views()) > 15


def test_an_auditor_opens_every_page_and_changes_nothing():
    granted = GRANTED[Role.AUDITOR]
    for name, method, permission in views():
        if permission in OF_PLATFORM:
            assert (permission in granted) == (method == "get"), (name, method, permission)


def test_a_right_to_see_never_changes():
    """A permission to see is never what a changing view asks for, but where it is about oneself."""
    seeing = [
        (name, method, permission)
        for name, method, permission in views()
        if permission.value.startswith("see_") and method != "get"
        and permission is not Permission.SEE_OWN_RIGHTS
    ]  # fmt: skip
    assert seeing == []


def test_which_permissions_have_no_view_yet_is_said():
    used = {permission for _, _, permission in views()}
    assert set(Permission) - used <= WITHOUT_A_VIEW
