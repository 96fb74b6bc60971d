"""Roles of people: nobody gives what they lack, a shop keeps an owner, an invitation works once."""

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.domains.accounts.invitations import operations as invitations
from app.domains.accounts.invitations.errors import (
    AlreadyInvitedError,
    AlreadyMemberError,
    InvitationForOtherError,
    InvitationOverError,
    TooSoonError,
)
from app.domains.accounts.invitations.models import Invitation
from app.domains.accounts.invitations.queries import find_invitation, list_open_invitations
from app.domains.accounts.invitations.rules import INVITATION_KEPT, INVITATION_LIFE, RESEND_STEP
from app.domains.accounts.memberships import custom_roles, operations
from app.domains.accounts.memberships.errors import (
    LastAdminError,
    LastOwnerError,
    OwnRoleError,
    RightsMissingError,
    RoleInUseError,
    RoleInvalidError,
    RoleNameTakenError,
    RolePermissionsError,
)
from app.domains.accounts.memberships.queries import (
    find_rights,
    list_colleagues,
    list_custom_roles,
    list_people_who_may,
)
from app.domains.accounts.memberships.rules import Grant
from app.domains.accounts.ownership import operations as ownership
from app.domains.accounts.ownership.errors import (
    TransferOpenError,
    TransferOverError,
    TransferTargetError,
)
from app.domains.accounts.ownership.queries import find_open_transfer
from app.domains.accounts.people.operations import register_person
from app.domains.accounts.people.queries import find_person_id
from app.domains.accounts.permissions import OF_SHOP, Permission
from app.domains.accounts.rules import PLATFORM, Role
from app.foundation.clock import clock
from app.foundation.database import directory_scope
from app.foundation.errors import NotFoundError
from app.foundation.guards import Guard, disable_guards
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tests.at_once import all_at_once
from tests.functional.signing_in import hash_once, make_person, sign_in


def do(operation, **arguments):
    with unit_of_work(directory_scope()) as unit:
        return operation(unit, **arguments)


def person(email=""):
    return do(
        register_person, email=email or f"{secrets.token_hex(6)}@example.com", name="Pat",
        password_hash=hash_once("a long pass phrase of tests"), language="en",
    )  # fmt: skip


def member(shop_id, role, **more):
    made = person()
    do(operations.grant_role, person_id=made, shop_id=shop_id, role=role, **more)
    return made


def rights(shop_id, who):
    return do(find_rights, person_id=who, shop_id=shop_id)


def change(shop_id, who, role, actor, **more):
    do(
        operations.change_role, shop_id=shop_id, person_id=who, grant=Grant(role, **more),
        actor=actor,
    )  # fmt: skip


@pytest.fixture
def shop_id(platform):
    """A shop's id is all that the directory's tables need."""
    return new_id()


@pytest.fixture
def owner(shop_id):
    return member(shop_id, Role.OWNER)


def invited(shop_id, actor, email="new@example.com", role=Role.ORDERS, **more):
    """Invite an address; return the invitation's id and the link's secret."""
    invitation_id = do(
        invitations.invite, shop_id=shop_id, email=email, grant=Grant(role, **more), language="en",
        actor=actor,
    )  # fmt: skip
    return invitation_id, do(invitations.make_invitation_token, invitation_id=invitation_id)


def test_whoever_was_staff_keeps_the_same_rights(platform, shop_id):
    """The migration's own statements, on a row of before it."""
    who = member(shop_id, Role.ORDERS)
    role_id = new_id()
    with unit_of_work(directory_scope()) as unit:
        unit.session.execute(
            text(
                "INSERT INTO directory.custom_role VALUES (:id, :shop, 'Staff',"
                " ARRAY['change_products', 'see_orders', 'see_products', 'send_orders'], :at, :at)"
            ),
            {"id": role_id, "shop": shop_id, "at": unit.now},
        )
    do(operations.grant_role, person_id=who, shop_id=shop_id, role=Role.CUSTOM,
       custom_role_id=role_id)  # fmt: skip
    found = rights(shop_id, who)
    assert found.role_name == "Staff"
    assert found.permissions == {
        Permission.SEE_ORDERS, Permission.SEND_ORDERS, Permission.SEE_PRODUCTS,
        Permission.CHANGE_PRODUCTS, Permission.SEE_OWN_RIGHTS,
    }  # fmt: skip


def test_nobody_gives_or_takes_what_they_do_not_have(shop_id, owner):
    administrator, helper = member(shop_id, Role.ADMINISTRATOR), member(shop_id, Role.ORDERS)
    change(shop_id, helper, Role.SUPPORT, administrator)
    change(shop_id, helper, Role.ADMINISTRATOR, administrator)
    for role in (Role.OWNER, Role.ADMIN):
        with pytest.raises(RightsMissingError):
            change(shop_id, helper, role, administrator)
    with pytest.raises(RightsMissingError):
        change(shop_id, owner, Role.SUPPORT, administrator)
    with pytest.raises(RightsMissingError):
        do(operations.remove_member, shop_id=shop_id, person_id=owner, actor=administrator)
    change(shop_id, administrator, Role.CATALOGUE, owner)
    with pytest.raises(RightsMissingError):
        change(shop_id, helper, Role.CATALOGUE, administrator)
    with pytest.raises(OwnRoleError):
        change(shop_id, owner, Role.ADMINISTRATOR, owner)


def test_another_shop_s_people_and_roles_are_not_found(shop_id, owner):
    elsewhere = new_id()
    stranger = member(elsewhere, Role.OWNER)
    role_id = do(custom_roles.make_role, shop_id=elsewhere, name="Theirs",
                 permissions=["see_orders"], actor=stranger)  # fmt: skip
    helper = member(shop_id, Role.ORDERS)
    with pytest.raises(NotFoundError):
        change(shop_id, stranger, Role.ORDERS, owner)
    with pytest.raises(NotFoundError):
        change(elsewhere, stranger, Role.ORDERS, owner)
    with pytest.raises(RoleInvalidError):
        change(shop_id, helper, Role.CUSTOM, owner, custom_role_id=role_id)
    with pytest.raises(IntegrityError):
        do(operations.grant_role, person_id=helper, shop_id=shop_id, role=Role.CUSTOM,
           custom_role_id=role_id)  # fmt: skip
    with pytest.raises(NotFoundError):
        do(custom_roles.remove_role, shop_id=shop_id, role_id=role_id, actor=owner)


def test_a_role_of_the_shop_s_own(shop_id, owner):
    administrator = member(shop_id, Role.ADMINISTRATOR)
    make = {"shop_id": shop_id, "actor": administrator}
    role_id = do(custom_roles.make_role, name=" Packing  room ", permissions=["see_orders"], **make)
    with pytest.raises(RoleNameTakenError):
        do(custom_roles.make_role, name="packing ROOM", permissions=["see_orders"], **make)
    for bad in ([], ["view_as"], ["set_up_payouts"], ["suspend_shops"], ["no_such"]):
        with pytest.raises(RolePermissionsError):
            do(custom_roles.make_role, name="Other", permissions=bad, **make)
    helper = member(shop_id, Role.CUSTOM, custom_role_id=role_id)
    assert rights(shop_id, helper).permissions == {
        Permission.SEE_ORDERS, Permission.SEE_OWN_RIGHTS,
    }  # fmt: skip
    do(custom_roles.change_custom_role, role_id=role_id, name="Packing room",
       permissions=["see_orders", "send_orders"], **make)  # fmt: skip
    assert Permission.SEND_ORDERS in rights(shop_id, helper).permissions
    with pytest.raises(RoleInUseError):
        do(custom_roles.remove_role, role_id=role_id, **make)
    change(shop_id, helper, Role.ORDERS, administrator)
    do(custom_roles.remove_role, role_id=role_id, **make)
    assert do(list_custom_roles, shop_id=shop_id) == []


def test_nobody_widens_their_own_role(shop_id, owner):
    role_id = do(custom_roles.make_role, shop_id=shop_id, name="Hiring",
                 permissions=["manage_people", "see_people"], actor=owner)  # fmt: skip
    hirer = member(shop_id, Role.CUSTOM, custom_role_id=role_id)
    with pytest.raises(OwnRoleError):
        do(custom_roles.change_custom_role, shop_id=shop_id, role_id=role_id, name="Hiring",
           permissions=["see_people"], actor=hirer)  # fmt: skip
    with pytest.raises(RolePermissionsError):
        do(custom_roles.make_role, shop_id=shop_id, name="More", permissions=["refund"],
           actor=hirer)  # fmt: skip


@pytest.mark.parametrize("permission", ["transfer_shop", "erase_shop", "view_as"])
def test_the_database_keeps_the_owner_s_own_rights_out_of_roles(shop_id, permission):
    with pytest.raises(IntegrityError), unit_of_work(directory_scope()) as unit:
        unit.session.execute(
            text("INSERT INTO directory.custom_role VALUES (:id, :shop, 'X', ARRAY[:p], :at, :at)"),
            {"id": new_id(), "shop": shop_id, "p": permission, "at": unit.now},
        )


def test_the_last_owner_stays(shop_id, owner):
    with pytest.raises(LastOwnerError):
        do(operations.leave, shop_id=shop_id, person_id=owner)
    second = member(shop_id, Role.OWNER)
    do(operations.remove_member, shop_id=shop_id, person_id=owner, actor=second)
    with pytest.raises(LastOwnerError):
        do(operations.leave, shop_id=shop_id, person_id=second)
    for statement in (
        "DELETE FROM directory.membership WHERE shop_id = :shop",
        "UPDATE directory.membership SET role = 'orders' WHERE shop_id = :shop",
    ):
        with pytest.raises(IntegrityError), unit_of_work(directory_scope()) as unit:
            unit.session.execute(text(statement), {"shop": shop_id})
    assert rights(shop_id, second).role is Role.OWNER


def test_the_last_admin_stays(platform):
    admins = [each.rights.person_id for each in do(list_colleagues, shop_id=PLATFORM)
              if each.rights.role is Role.ADMIN] or [member(PLATFORM, Role.ADMIN)]  # fmt: skip
    for admin in admins[1:]:
        do(operations.leave, shop_id=PLATFORM, person_id=admin)
    with pytest.raises(LastAdminError):
        do(operations.leave, shop_id=PLATFORM, person_id=admins[0])


def let_each_other_go(shop_id, one, other, *, meet_before_commit=False):
    """Two owners let each other go at once; return how many owners are left."""
    start, end = threading.Barrier(2), threading.Barrier(2)

    def remove(actor, whom):
        try:
            with unit_of_work(directory_scope()) as unit:
                find_rights(unit, person_id=actor, shop_id=shop_id)
                start.wait()
                operations.remove_member(unit, shop_id=shop_id, person_id=whom, actor=actor)
                if meet_before_commit:
                    end.wait(timeout=5)
        except (LastOwnerError, NotFoundError):
            return

    threads = [threading.Thread(target=remove, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = do(list_colleagues, shop_id=shop_id)
    return sum(each.rights.role is Role.OWNER for each in found)


def test_two_owners_who_let_each_other_go_at_once_leave_one(shop_id, owner):
    assert let_each_other_go(shop_id, owner, member(shop_id, Role.OWNER)) == 1


@pytest.fixture
def unguarded(platform):
    """Neither the locks nor the database's own look at what is left."""
    with psycopg.connect(platform.server.directory, autocommit=True) as connection:
        connection.execute("ALTER TABLE directory.membership DISABLE TRIGGER keep_an_owner")
        disable_guards(frozenset({Guard.OWNERS_LOCK.value, Guard.INVITATION_LOCK.value}))
        yield
        disable_guards(frozenset())
        connection.execute("ALTER TABLE directory.membership ENABLE TRIGGER keep_an_owner")


def test_control_without_the_lock_none_is_left(shop_id, owner, unguarded):
    second = member(shop_id, Role.OWNER)
    assert let_each_other_go(shop_id, owner, second, meet_before_commit=True) == 0


def test_an_invitation_makes_a_member_once(shop_id, owner):
    email = f"{secrets.token_hex(6)}@example.com"
    invitation_id, token = invited(shop_id, owner, f" {email.upper()} ")
    assert [each.email for each in do(list_open_invitations, shop_id=shop_id)] == [email.upper()]
    who = person(email)
    assert do(invitations.accept_invitation, token=token, person_id=who) == shop_id
    assert rights(shop_id, who).role is Role.ORDERS
    with pytest.raises(InvitationOverError):
        do(invitations.accept_invitation, token=token, person_id=who)
    found = do(find_invitation, invitation_id=invitation_id)
    assert (found.email, found.email_index, found.accepted_by) == ("", None, who)
    with pytest.raises(AlreadyMemberError):
        invited(shop_id, owner, email)


def test_an_invitation_is_for_one_address(shop_id, owner):
    _, token = invited(shop_id, owner)
    with pytest.raises(InvitationForOtherError):
        do(invitations.accept_invitation, token=token, person_id=person())
    with pytest.raises(InvitationOverError):
        do(invitations.accept_invitation, token=secrets.token_urlsafe(32), person_id=person())


def test_an_invitation_ends_after_seven_days(shop_id, owner):
    email = f"{secrets.token_hex(6)}@example.com"
    _, token = invited(shop_id, owner, email)
    who = person(email)
    with pytest.raises(AlreadyInvitedError):
        invited(shop_id, owner, email)
    try:
        clock.move(INVITATION_LIFE + timedelta(seconds=5))
        with pytest.raises(InvitationOverError):
            do(invitations.accept_invitation, token=token, person_id=who)
        _, again = invited(shop_id, owner, email)
        do(invitations.accept_invitation, token=again, person_id=who)
        clock.move(INVITATION_KEPT + timedelta(days=1))
        do(invitations.forget_old_invitations)
    finally:
        clock.reset()
    with unit_of_work(directory_scope()) as unit:
        left = unit.session.execute(select(Invitation.id).where(Invitation.shop_id == shop_id))
        assert left.all() == []


def test_sending_it_again_ends_the_former_link(shop_id, owner):
    email = f"{secrets.token_hex(6)}@example.com"
    invitation_id, first = invited(shop_id, owner, email)
    again = {"shop_id": shop_id, "invitation_id": invitation_id, "actor": owner}
    with pytest.raises(TooSoonError):
        do(invitations.send_invitation_again, **again)
    try:
        clock.move(RESEND_STEP)
        do(invitations.send_invitation_again, **again)
    finally:
        clock.reset()
    second = do(invitations.make_invitation_token, invitation_id=invitation_id)
    who = person(email)
    with pytest.raises(InvitationOverError):
        do(invitations.accept_invitation, token=first, person_id=who)
    do(invitations.accept_invitation, token=second, person_id=who)


def test_an_invitation_is_taken_back_by_those_who_may(shop_id, owner):
    email = f"{secrets.token_hex(6)}@example.com"
    invitation_id, token = invited(shop_id, owner, email, Role.OWNER)
    administrator = member(shop_id, Role.ADMINISTRATOR)
    back = {"shop_id": shop_id, "invitation_id": invitation_id}
    with pytest.raises(RightsMissingError):
        do(invitations.withdraw_invitation, actor=administrator, **back)
    with pytest.raises(NotFoundError):
        do(invitations.withdraw_invitation, actor=owner, **{**back, "shop_id": new_id()})
    do(invitations.withdraw_invitation, actor=owner, **back)
    with pytest.raises(InvitationOverError):
        do(invitations.accept_invitation, token=token, person_id=person(email))


def test_what_a_former_colleague_promised_is_void(shop_id, owner):
    email = f"{secrets.token_hex(6)}@example.com"
    administrator = member(shop_id, Role.ADMINISTRATOR)
    _, token = invited(shop_id, administrator, email)
    do(operations.remove_member, shop_id=shop_id, person_id=administrator, actor=owner)
    with pytest.raises(InvitationOverError):
        do(invitations.accept_invitation, token=token, person_id=person(email))


def test_nobody_invites_to_more_than_they_have(shop_id, owner):
    administrator, helper = member(shop_id, Role.ADMINISTRATOR), member(shop_id, Role.ORDERS)
    with pytest.raises(RightsMissingError):
        invited(shop_id, administrator, role=Role.OWNER)
    with pytest.raises(RightsMissingError):
        invited(shop_id, helper, role=Role.ORDERS)
    with pytest.raises(NotFoundError):
        invited(shop_id, person())


def accept_at_once(token, who):
    """Accept one invitation eight times at once; return how many succeeded."""

    def accept():
        try:
            do(invitations.accept_invitation, token=token, person_id=who)
        except (InvitationOverError, AlreadyMemberError):
            return False
        return True

    return sum(all_at_once(accept))


def test_of_eight_answers_at_once_one_counts(shop_id, owner):
    email = f"{secrets.token_hex(6)}@example.com"
    _, token = invited(shop_id, owner, email)
    assert accept_at_once(token, person(email)) == 1


def test_control_without_the_lock_several_count(shop_id, owner, unguarded):
    counts = []
    for _ in range(5):
        email = f"{secrets.token_hex(6)}@example.com"
        _, token = invited(shop_id, owner, email)
        counts.append(accept_at_once(token, person(email)))
    assert max(counts) > 1


def test_a_shop_is_handed_over(shop_id, owner):
    heir = member(shop_id, Role.CATALOGUE)
    with pytest.raises(TransferTargetError):
        do(ownership.offer_shop, shop_id=shop_id, to_person=person(), actor=owner)
    with pytest.raises(TransferTargetError):
        do(ownership.offer_shop, shop_id=shop_id, to_person=owner, actor=owner)
    with pytest.raises(RightsMissingError):
        do(ownership.offer_shop, shop_id=shop_id, to_person=owner, actor=heir)
    offer = do(ownership.offer_shop, shop_id=shop_id, to_person=heir, actor=owner)
    with pytest.raises(TransferOpenError):
        do(ownership.offer_shop, shop_id=shop_id, to_person=heir, actor=owner)
    answer = {"shop_id": shop_id, "transfer_id": offer}
    with pytest.raises(NotFoundError):
        do(ownership.accept_shop, actor=owner, **answer)
    with pytest.raises(NotFoundError):
        do(ownership.end_offer, actor=member(shop_id, Role.ADMINISTRATOR), **answer)
    assert rights(shop_id, heir).role is Role.CATALOGUE, "until they accept"
    do(ownership.accept_shop, actor=heir, **answer)
    assert rights(shop_id, heir).role is Role.OWNER
    assert rights(shop_id, owner).role is Role.ADMINISTRATOR
    with pytest.raises(TransferOverError):
        do(ownership.accept_shop, actor=heir, **answer)


def test_of_eight_offers_at_once_one_stands(shop_id, owner):
    """The others are told so, and end nothing."""
    heirs = iter([member(shop_id, Role.CATALOGUE) for _ in range(8)])

    def offer():
        try:
            return do(ownership.offer_shop, shop_id=shop_id, to_person=next(heirs), actor=owner)
        except TransferOpenError:
            return None

    (stands,) = filter(None, all_at_once(offer))
    assert do(find_open_transfer, shop_id=shop_id).id == stands


def test_an_offer_is_taken_back_declined_or_expires(shop_id, owner):
    heir = member(shop_id, Role.CATALOGUE)
    for ended_by in (owner, heir):
        offer = do(ownership.offer_shop, shop_id=shop_id, to_person=heir, actor=owner)
        do(ownership.end_offer, shop_id=shop_id, transfer_id=offer, actor=ended_by)
        with pytest.raises(TransferOverError):
            do(ownership.accept_shop, shop_id=shop_id, transfer_id=offer, actor=heir)
    offer = do(ownership.offer_shop, shop_id=shop_id, to_person=heir, actor=owner)
    try:
        clock.move(ownership.TRANSFER_LIFE)
        assert do(find_open_transfer, shop_id=shop_id) is None
        with pytest.raises(TransferOverError):
            do(ownership.accept_shop, shop_id=shop_id, transfer_id=offer, actor=heir)
        do(ownership.offer_shop, shop_id=shop_id, to_person=heir, actor=owner)
    finally:
        clock.reset()


def accept_from_one_who_is_let_go(platform, shop_id, owner):
    """Accept a shop while its former owner is being let go; return what that one is afterwards."""
    heir, second = member(shop_id, Role.CATALOGUE), member(shop_id, Role.OWNER)
    offer = do(ownership.offer_shop, shop_id=shop_id, to_person=heir, actor=owner)

    def accept():
        with suppress(TransferOverError):
            do(ownership.accept_shop, shop_id=shop_id, transfer_id=offer, actor=heir)

    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(directory_scope()) as unit:
            operations.remove_member(unit, shop_id=shop_id, person_id=owner, actor=second)
            accepting = pool.submit(accept)
            wait_until_one_waits(platform)
        accepting.result()
    return do(find_rights, person_id=owner, shop_id=shop_id)


def wait_until_one_waits(platform):
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with psycopg.connect(platform.server.directory, autocommit=True) as connection:
        deadline = time.monotonic() + 20
        while connection.execute(query).fetchone() == (0,):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_who_is_let_go_while_their_shop_is_accepted_stays_away(platform, shop_id, owner):
    assert accept_from_one_who_is_let_go(platform, shop_id, owner) is None


def test_control_without_the_lock_they_come_back(platform, shop_id, owner, unguarded):
    assert accept_from_one_who_is_let_go(platform, shop_id, owner).role is Role.ADMINISTRATOR


def test_who_lost_the_shop_meanwhile_hands_nothing_over(shop_id, owner):
    heir, second = member(shop_id, Role.CATALOGUE), member(shop_id, Role.OWNER)
    offer = do(ownership.offer_shop, shop_id=shop_id, to_person=heir, actor=owner)
    do(operations.remove_member, shop_id=shop_id, person_id=owner, actor=second)
    with pytest.raises(TransferOverError):
        do(ownership.accept_shop, shop_id=shop_id, transfer_id=offer, actor=heir)


def test_a_change_of_rights_asks_for_new_secrets_of_every_session(platform, shop_id, owner):
    email = make_person((shop_id, Role.ORDERS))
    sign_in(platform.web, "galleria.test", email)
    with unit_of_work(directory_scope()) as unit:
        who = find_person_id(unit, email=email)
        unit.session.execute(
            text("UPDATE directory.session SET wants_token_at = NULL WHERE person_id = :who"),
            {"who": who},
        )

    def wanted():
        with unit_of_work(directory_scope()) as unit:
            return unit.session.execute(
                text(
                    "SELECT bool_and(wants_token_at IS NOT NULL) FROM directory.session"
                    " WHERE person_id = :who AND token_hash IS NOT NULL"
                ),
                {"who": who},
            ).scalar_one()

    assert wanted() is False
    change(shop_id, who, Role.CATALOGUE, owner)
    assert wanted() is True


def test_every_change_is_in_the_log_without_names(platform, shop_id, owner):
    helper = member(shop_id, Role.ORDERS)
    change(shop_id, helper, Role.SUPPORT, owner)
    do(operations.remove_member, shop_id=shop_id, person_id=helper, actor=owner)
    invited(shop_id, owner, "canary-of-the-log@example.com")
    with psycopg.connect(platform.server.directory) as connection:
        rows = connection.execute(
            "SELECT action, fields::text || coalesce(before::text, '') || coalesce(after::text, '')"
            " FROM directory.directory_audit WHERE actor = %s",
            [str(owner)],
        ).fetchall()
    assert {"grant_role", "revoke_role", "invite"} <= {row[0] for row in rows}
    assert "canary" not in str(rows)


def test_who_may_approve(shop_id, owner):
    administrator = member(shop_id, Role.ADMINISTRATOR)
    member(shop_id, Role.ORDERS)
    found = do(list_people_who_may, shop_id=shop_id, permission=Permission.APPROVE_REFUNDS)
    assert found == {owner, administrator}
    assert rights(shop_id, owner).permissions == set(OF_SHOP)
