"""What follows every change of somebody's factors: told, audited, payouts paused."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domains.accounts.factors.errors import LastFactorError
from app.domains.accounts.factors.events import FactorAdded, FactorRemoved
from app.domains.accounts.factors.models import PayoutPause
from app.domains.accounts.factors.queries import has_second_factor
from app.domains.accounts.factors.rules import PAYOUT_PAUSE, Factor, PauseReason
from app.domains.accounts.memberships.models import Membership
from app.domains.accounts.people.models import Person
from app.domains.accounts.permissions import Permission, may
from app.domains.accounts.rules import PLATFORM, Role
from app.foundation.audit.rules import AuditKind
from app.foundation.guards import Guard, is_guarded
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork


def lock_person(unit: UnitOfWork, person_id: UUID) -> None:
    """Let changes of one person's factors happen one after the other."""
    if is_guarded(Guard.FACTOR_LOCK):
        unit.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def note_added(unit: UnitOfWork, person_id: UUID, factor: Factor) -> None:
    """Tell and audit a new factor, and let the person's shops' money rest."""
    _note(unit, person_id, "add_factor", factor)
    unit.record(FactorAdded(change_id=new_id(), person_id=person_id, factor=factor.value))


def note_removed(unit: UnitOfWork, person_id: UUID, factor: Factor) -> None:
    """Tell and audit a factor's end, if there may be one.

    Raises LastFactorError where the person has a role and nothing is left.
    """
    if not has_second_factor(unit, person_id) and _roles(unit, person_id):
        raise LastFactorError
    _note(unit, person_id, "remove_factor", factor)
    unit.record(FactorRemoved(change_id=new_id(), person_id=person_id, factor=factor.value))


def pause_payouts(unit: UnitOfWork, *, shop_id: UUID, reason: PauseReason) -> None:
    """Let no money leave a shop for 48 hours; a second change begins them anew."""
    until = unit.now + PAYOUT_PAUSE
    unit.session.execute(
        upsert(PayoutPause)
        .values(shop_id=shop_id, reason=reason.value, begun_at=unit.now, until=until)
        .on_conflict_do_update(
            index_elements=["shop_id", "reason"], set_={"begun_at": unit.now, "until": until}
        )
    )
    unit.audit(
        actor="system", action="pause_payouts", object_kind="shop", object_id=shop_id,
        reason=reason.value, until=until.isoformat(), kind=AuditKind.MONEY,
    )  # fmt: skip


def _note(unit: UnitOfWork, person_id: UUID, action: str, factor: Factor) -> None:
    unit.audit(
        actor=str(person_id), action=action, object_kind="person", object_id=person_id,
        factor=factor.value, kind=AuditKind.SIGN_IN,
    )  # fmt: skip
    for shop_id, role in _roles(unit, person_id):
        if shop_id != PLATFORM and may(role, Permission.SET_UP_PAYOUTS):
            pause_payouts(unit, shop_id=shop_id, reason=PauseReason.SECOND_FACTOR)


def _roles(unit: UnitOfWork, person_id: UUID) -> list[tuple[UUID, Role]]:
    rows = unit.session.execute(
        select(Membership.shop_id, Membership.role)
        .where(Membership.person_id == person_id)
        .order_by(Membership.shop_id)
    ).all()
    return [(row.shop_id, Role(row.role)) for row in rows]
