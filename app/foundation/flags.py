"""Switches: for one shop, or for all. `stop_money` halts a shop's captures and transfers."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from app.foundation.models import FeatureFlag
from app.foundation.unit_of_work import UnitOfWork

STOP_MONEY = "stop_money"
EVERYONE = "*"


def is_money_stopped(unit: UnitOfWork) -> bool:
    """Whether the shop in scope may neither capture nor transfer: being down beats being wrong."""
    return unit.connection.execute(_stopped_money()).first() is not None


@lru_cache(maxsize=1)
def _stopped_money() -> Select[bool]:
    on = select(FeatureFlag.is_on).where(FeatureFlag.name == STOP_MONEY, FeatureFlag.is_on)
    return on.limit(1)


@dataclass(frozen=True, slots=True)
class StoppedMoney:
    """A shop's role (or EVERYONE) whose money is halted, with why and since when."""

    shop: str
    reason: str
    since: datetime


def list_stopped(unit: UnitOfWork) -> list[StoppedMoney]:
    """Return whose money is halted; in the platform's scope, or in a shop's its own."""
    rows = unit.session.execute(
        select(FeatureFlag.shop, FeatureFlag.reason, FeatureFlag.changed_at)
        .where(FeatureFlag.name == STOP_MONEY, FeatureFlag.is_on)
        .order_by(FeatureFlag.shop)
    )
    return [StoppedMoney(*row) for row in rows]


def set_flag(unit: UnitOfWork, *, shop: str, name: str, is_on: bool, reason: str) -> None:
    """Turn a switch for a shop's role, or for EVERYONE; in the platform's scope."""
    values = {"is_on": is_on, "reason": reason, "changed_at": unit.now}
    unit.session.execute(
        insert(FeatureFlag)
        .values(shop=shop, name=name, **values)
        .on_conflict_do_update(index_elements=["shop", "name"], set_=values)
    )
