"""Opening, suspending and closing shops: writes in the directory, no DDL."""

from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from app.foundation.audit.rules import AuditKind
from app.foundation.errors import NotFoundError
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import UnitOfWork
from tenants.errors import (
    NoSpareSchemaError,
    ShopNameError,
    ShopRenamedError,
    ShopStateError,
    SlugInvalidError,
    SlugTakenError,
)
from tenants.events import ShopOpened, ShopSuspended, SpareClaimed
from tenants.models import SchemaNumber, Shop
from tenants.resolution import ShopRecord, find_shop, find_shop_by_id
from tenants.rules import LONGEST_NAME, can_step, clean_name, is_slug


def create_shop(
    unit: UnitOfWork,
    *,
    slug: str,
    name: str,
    kind: str,
    country: str,
    currency: str,
    language: str,
    cell: str = "",
) -> ShopRecord:
    """Give a new shop an address and a spare schema; its state is `opening`.

    Raises SlugInvalidError, SlugTakenError, ShopNameError, NoSpareSchemaError.
    """
    name = _check_name(name)
    if not is_slug(slug):
        raise SlugInvalidError
    if find_shop(unit, slug):
        raise SlugTakenError(slug=slug)
    chosen_cell, number = _claim_spare(unit, cell)
    shop_id = new_id()
    try:
        unit.session.execute(
            insert(Shop).values(
                id=shop_id, slug=slug, name=name, kind=kind, country=country, currency=currency,
                language=language, cell=chosen_cell, schema_number=number,
                created_at=unit.now, changed_at=unit.now,
            )
        )  # fmt: skip
    except IntegrityError as error:
        raise SlugTakenError(slug=slug) from error
    unit.record(SpareClaimed(cell=chosen_cell))
    unit.audit(
        action="create_shop", object_kind="shop", object_id=shop_id, kind=AuditKind.MONEY,
        shop=shop_id,
    )  # fmt: skip
    return get_shop(unit, shop_id)


def _claim_spare(unit: UnitOfWork, cell: str) -> tuple[str, int]:
    query = (
        select(SchemaNumber.cell, SchemaNumber.number)
        .where(SchemaNumber.state == "spare")
        .order_by(SchemaNumber.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if cell:
        query = query.where(SchemaNumber.cell == cell)
    row = unit.session.execute(query).first()
    if row is None:
        raise NoSpareSchemaError
    unit.session.execute(
        update(SchemaNumber).where(SchemaNumber.number == row.number).values(state="claimed")
    )
    return row.cell, row.number


def get_shop(unit: UnitOfWork, shop_id: UUID) -> ShopRecord:
    """Return a shop by its id. Raises NotFoundError."""
    shop = find_shop_by_id(unit, shop_id)
    if shop is None:
        raise NotFoundError
    return shop


def rename_shop(unit: UnitOfWork, *, shop_id: UUID, name: str, seen: str) -> None:
    """Give a shop another name; `seen` is the one that whoever asks has read.

    Raises NotFoundError, ShopNameError, ShopRenamedError.
    """
    wanted = _check_name(name)
    now = unit.session.execute(
        select(Shop.name).where(Shop.id == shop_id).with_for_update()
    ).scalar_one_or_none()
    if now is None:
        raise NotFoundError
    if now == wanted:
        return
    if now != seen:
        raise ShopRenamedError(name=now)
    unit.session.execute(
        update(Shop)
        .where(Shop.id == shop_id)
        .values(name=wanted, former_name=now, changed_at=unit.now)
    )
    unit.audit(
        action="rename_shop", object_kind="shop", object_id=shop_id,
        before={"name": now}, after={"name": wanted}, shop=shop_id,
    )  # fmt: skip


def _check_name(name: str) -> str:
    cleaned = clean_name(name)
    if not 1 <= len(cleaned) <= LONGEST_NAME:
        raise ShopNameError
    return cleaned


def find_former_name(unit: UnitOfWork, *, shop_id: UUID) -> str:
    """Return what a shop was called before, '' where it never had another name."""
    found = unit.session.execute(select(Shop.former_name).where(Shop.id == shop_id))
    return found.scalar_one_or_none() or ""


def open_shop(unit: UnitOfWork, *, shop_id: UUID, actor: str) -> None:
    """Open a shop's doors, or open them again. Raises ShopStateError."""
    _step(unit, shop_id, "open", actor=actor)
    unit.record(ShopOpened(shop_id=shop_id))


def suspend_shop(unit: UnitOfWork, *, shop_id: UUID, actor: str, reason: str) -> None:
    """Close a shop's doors for now; its pages answer 503. Raises ShopStateError."""
    _step(unit, shop_id, "suspended", actor=actor, reason=reason)
    unit.record(ShopSuspended(shop_id=shop_id))


def close_shop(unit: UnitOfWork, *, shop_id: UUID, actor: str) -> None:
    """Close a shop for good. Raises ShopStateError."""
    _step(unit, shop_id, "closed", actor=actor)


def mark_erased(unit: UnitOfWork, *, shop_id: UUID, actor: str) -> None:
    """Note that nothing may enter a closed shop any more: it is being erased. Raises ShopStateError.

    The shop's row stays, because the books name their seller by it; an earlier name does not.
    """
    state = get_shop(unit, shop_id).state
    if state != "erased":
        _step(unit, shop_id, "erased", actor=actor)


def _step(unit: UnitOfWork, shop_id: UUID, to: str, *, actor: str, reason: str = "") -> None:
    state = unit.session.execute(
        select(Shop.state).where(Shop.id == shop_id).with_for_update()
    ).scalar_one_or_none()
    if state is None:
        raise NotFoundError
    if not can_step(state, to):
        raise ShopStateError(state=state)
    values = {"state": to, "suspended_reason": reason, "changed_at": unit.now}
    if state == "opening":
        values["opened_at"] = unit.now
    if to == "erased":
        values["former_name"] = ""
    unit.session.execute(update(Shop).where(Shop.id == shop_id).values(values))
    unit.audit(
        actor=actor, action=f"shop_{to}", object_kind="shop", object_id=shop_id,
        kind=AuditKind.MONEY, before={"state": state}, after={"state": to}, shop=shop_id,
    )  # fmt: skip
