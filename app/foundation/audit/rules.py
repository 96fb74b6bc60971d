"""What is kept of an act, in which form, and for how long (docs/log.md)."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.foundation.audit.origin import keyed_hash


class AuditKind(StrEnum):
    """Why a row is kept, and so how long."""

    MONEY = "money"
    """An act on money, or on who may act on it."""
    ACCESS = "access"
    """A look at personal data."""
    ACTION = "action"
    """Anything else that a person does."""
    SIGN_IN = "sign_in"
    """Signing in and out, and what proves a person."""


SEVEN_YEARS, EIGHTEEN_MONTHS = timedelta(days=7 * 365 + 2), timedelta(days=549)
RETENTION: dict[AuditKind, timedelta] = {
    AuditKind.MONEY: SEVEN_YEARS,
    AuditKind.ACCESS: SEVEN_YEARS,
    AuditKind.ACTION: EIGHTEEN_MONTHS,
    AuditKind.SIGN_IN: EIGHTEEN_MONTHS,
}

HARMLESS = frozenset(
    {
        "amount", "can_receive_transfers", "correction", "country", "count", "currency", "factor", "format",
        "from_role", "kind", "language", "left", "limit", "method", "now", "page", "permission",
        "permissions", "pieces", "purpose", "reason", "role", "scope", "scopes", "shop", "shops",
        "state", "step", "to_role", "until", "version", "was",
    }
)  # fmt: skip
"""Names of fields whose values are written as they are; of every other one a keyed hash is."""
LONGEST_VALUE = 300


def describe(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as the log keeps them: names, and values that tell nothing of a person."""
    return {name: _keep(name, value) for name, value in fields.items() if value is not None}


def _keep(name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, UUID):
        return str(value)
    if name not in HARMLESS:
        return f"#{keyed_hash(f'field {name}', str(value))}"
    if isinstance(value, int):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(str(each)[:LONGEST_VALUE] for each in value)
    return str(value)[:LONGEST_VALUE]
