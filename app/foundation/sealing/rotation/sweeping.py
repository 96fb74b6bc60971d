"""A rotation from its beginning: a new version of a key, and rounds until all is on it."""

import math
import time
from collections.abc import Callable

from sqlalchemy import literal, select

from app.foundation.database import Scope
from app.foundation.sealing.rotation.moving import move_all
from app.foundation.sealing.rotation.pages import seal_table_anew
from app.foundation.sealing.rotation.people import renew_people, wrap_people
from app.foundation.sealing.rotation.rows import holds_value, tables_of
from app.foundation.sealing.rotation.settling import settle
from app.foundation.sealing.rotation.standing import read_fresh, read_standing
from app.foundation.unit_of_work import UnitOfWork, unit_of_work


def begin_rotation(unit: UnitOfWork, *, renews_people: bool) -> bool:
    """Make a new version of the place's key, which seals from now on.

    A rotation that has begun and is not settled is gone on with instead, unless this one asks for
    more. Returns whether there is anything to seal anew in this place.
    """
    standing = read_standing(unit)
    if standing is None:
        return False
    is_under_way = standing.newest > 1 and not standing.is_settled
    if is_under_way and (not renews_people or standing.renewed_since == standing.newest):
        return True
    unit.keys.add_version(standing.newest + 1, renews_people=renews_people)
    unit.audit(
        actor="operator", action="change_keys", object_kind="key", object_id=unit.keys.place,
        version=standing.newest + 1, renews_people=renews_people,
    )  # fmt: skip
    return True


def sweep(scope: Scope, *, until: float = math.inf) -> int:
    """Bring everything in a place to its newest key, in small transactions; return how many rows.

    What others hold locked is left for the next time, and so is all that is not done by `until`,
    in seconds of the process's monotonic clock.
    """
    done = 0
    with unit_of_work(scope) as unit:
        if read_fresh(unit) is None and not _make_first_key(unit):
            return 0
    for step in (wrap_people, renew_people):
        while time.monotonic() < until and (count := _in_unit(scope, step)):
            done += count
    for part in (move_all(scope), *(seal_table_anew(scope, each) for each in tables_of(scope))):
        for count in part:
            done += count
            if time.monotonic() >= until:
                return done
    return done


def _make_first_key(unit: UnitOfWork) -> bool:
    """Give a place its first key where the first release sealed something in it."""
    for sealed in tables_of(unit.scope):
        raw = sealed.raw()
        held = select(literal(1)).select_from(raw).where(holds_value(sealed, raw)).limit(1)
        if unit.connection.execute(held).first() is not None:
            unit.keys.read_again()
            return True
    return False


def _in_unit(scope: Scope, step: Callable[[UnitOfWork], int]) -> int:
    with unit_of_work(scope) as unit:
        return step(unit)


def reseal(scope: Scope, *, until: float = math.inf) -> int:
    """Go on with what is not settled in a place; cheap where everything is. For the schedule."""
    with unit_of_work(scope) as unit:
        standing = read_standing(unit)
    if standing is not None and standing.is_done:
        return 0
    done = sweep(scope, until=until)
    if time.monotonic() < until:
        settle(scope)
    return done
