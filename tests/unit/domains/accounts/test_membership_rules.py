"""What a role is made of, and who may give it."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domains.accounts.memberships.errors import (
    RoleInvalidError,
    RoleNameError,
    RolePermissionsError,
)
from app.domains.accounts.memberships.rules import (
    Grant,
    check_role_name,
    check_role_permissions,
    may_decide_on,
    permissions_of,
    read_grant,
)
from app.domains.accounts.permissions import (
    GRANTED,
    NOT_IN_CUSTOM_ROLES,
    OF_PLATFORM,
    OF_SHOP,
    SHOP_ROLES,
    Permission,
)
from app.domains.accounts.rules import PLATFORM, Role

SHOP = UUID(int=7)
quick = settings(database=None, deadline=None)


@quick
@given(st.text(max_size=80))
def test_a_choice_is_a_role_of_the_place_or_none(choice):
    try:
        grant = read_grant(choice, supplies="", shop_id=SHOP)
    except RoleInvalidError:
        return
    assert grant.role in {*SHOP_ROLES, Role.CUSTOM}


def test_a_role_of_the_platform_is_none_of_a_shop():
    for role in Role:
        place = PLATFORM if role in SHOP_ROLES else SHOP
        with pytest.raises(RoleInvalidError):
            read_grant(role.value, supplies="Atelier", shop_id=place)


def test_a_supplier_supplies_something():
    assert read_grant("supplier", supplies=" Atelier  Blau ", shop_id=SHOP) == Grant(
        Role.SUPPLIER, supplies="Atelier Blau"
    )
    with pytest.raises(RoleInvalidError):
        read_grant("supplier", supplies="  ", shop_id=SHOP)
    assert read_grant("orders", supplies="Atelier", shop_id=SHOP) == Grant(Role.ORDERS)


@quick
@given(st.lists(st.sampled_from([*(p.value for p in Permission), "gone", "see_own_rights"])))
def test_a_row_never_gives_more_than_a_shop_s_own_role_may(stored):
    """Whatever stands in the table: nothing of the platform, nothing of the owner's alone."""
    found = permissions_of(Role.CUSTOM, stored)
    assert Permission.SEE_OWN_RIGHTS in found
    assert not found & (set(OF_PLATFORM) | NOT_IN_CUSTOM_ROLES)


@quick
@given(st.sets(st.sampled_from(list(OF_SHOP))), st.lists(st.sampled_from(list(Permission))))
def test_nobody_puts_into_a_role_what_they_lack(mine, wanted):
    try:
        made = check_role_permissions([each.value for each in wanted], mine=frozenset(mine))
    except RolePermissionsError:
        return
    assert made
    assert {Permission(name) for name in made} <= mine - NOT_IN_CUSTOM_ROLES


def test_who_may_decide_on_whom():
    mine = {role: GRANTED[role] for role in SHOP_ROLES}
    assert all(may_decide_on(mine[Role.OWNER], theirs) for theirs in mine.values())
    assert not may_decide_on(mine[Role.ADMINISTRATOR], mine[Role.OWNER])
    assert all(
        may_decide_on(mine[Role.ADMINISTRATOR], mine[role])
        for role in set(SHOP_ROLES) - {Role.OWNER}
    )


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "\x00"])
def test_a_name_that_is_none(name):
    with pytest.raises(RoleNameError):
        check_role_name(name)


def test_a_name_is_one_line():
    assert check_role_name("  Front \n desk ") == "Front desk"
