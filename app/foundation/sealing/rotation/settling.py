"""The end of a rotation: the versions before the newest go."""

from sqlalchemy import and_, delete, func, select, update

from app.foundation.database import DIRECTORY, PlatformScope, Scope, ShopScope
from app.foundation.sealing.places import key_table
from app.foundation.sealing.rotation.counting import count_behind
from app.foundation.sealing.rotation.standing import read_standing
from app.foundation.unit_of_work import UnitOfWork, unit_of_work


def settle(scope: Scope) -> bool:
    """Let the versions before the newest go, once nothing is on them and nobody can be using them.

    Returns whether the place is settled. From then on what they sealed could not be opened.
    """
    with unit_of_work(scope) as unit:
        standing = read_standing(unit)
        if standing is None or standing.is_done:
            return True
        if standing.waits_seconds:
            return False
        counted = count_behind(unit)
        place = unit.keys.place
    if counted is None or counted.behind:
        return False
    with unit_of_work(_keeper(scope)) as unit:
        _let_go(unit, place, standing.newest)
    return True


def _keeper(scope: Scope) -> Scope:
    """Return who may remove a place's key: shops themselves may not."""
    return PlatformScope(scope.cell, "platform_jobs") if isinstance(scope, ShopScope) else scope


def _let_go(unit: UnitOfWork, place: str, newest: int) -> None:
    kind = "directory" if place == DIRECTORY else "platform"
    table = key_table(kind, "directory_key" if place == DIRECTORY else "shop_key")
    mine = [] if place == DIRECTORY else [table.c.shop == place]
    unit.connection.execute(delete(table).where(*mine, table.c.version < newest))
    unit.connection.execute(
        update(table).where(*mine, table.c.version == newest).values(settled_at=unit.now)
    )


def list_settled_shops(unit: UnitOfWork) -> set[str]:
    """Return the shops of a cell in which nothing is left to do; for the platform's own jobs."""
    table = key_table("platform", "shop_key")
    is_done = and_(func.count() == 1, func.bool_and(table.c.settled_at.is_not(None)))
    query = select(table.c.shop).group_by(table.c.shop).having(is_done)
    return set(unit.connection.execute(query).scalars())
