"""Requests that may be sent again: the first one takes effect, every other gets its answer (FR-028).

The key is claimed, the effect taken and the answer kept in one transaction. A second request with
the same key waits at the primary key until the first has committed, and then finds its answer; a
request that failed or whose process was killed leaves nothing, so that sending it again is safe.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from flask_babel import lazy_gettext
from sqlalchemy import Update, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.dml import ReturningInsert

from app.foundation.errors import GalleriaError
from app.foundation.guards import Guard, is_guarded
from app.foundation.models import IdempotencyKey
from app.foundation.unit_of_work import UnitOfWork

ANSWER_KEPT = timedelta(days=30)
LOCK_NOT_AVAILABLE = "55P03"


class IdempotencyKeyReusedError(GalleriaError):
    """The key came with another request before."""

    code = "idempotency_key_reused"
    status = 422
    message = lazy_gettext(
        "This Idempotency-Key was sent with another request before. Send a new key."
    )


class IdempotencyKeyInUseError(GalleriaError):
    """The first request with the key is still at work."""

    code = "idempotency_key_in_use"
    status = 409
    message = lazy_gettext(
        "The first request with this Idempotency-Key is still at work. Send it again in a moment."
    )


class IdempotentAnswerGoneError(GalleriaError):
    """The request took effect so long ago that its answer is no longer kept."""

    code = "idempotent_answer_gone"
    status = 409
    message = lazy_gettext(
        "This request took effect more than 30 days ago; nothing was done again. Read the object"
        " itself, or send a new Idempotency-Key."
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: the HTTP status and the body."""

    status: int
    body: str


def answer_once(
    unit: UnitOfWork, *, key: str, request: str, work: Callable[[], Answer]
) -> tuple[Answer, bool]:
    """Do `work` once for `key`; return its answer, and whether it was given before.

    `request` is all that makes the request what it is, its body included. Raises
    IdempotencyKeyReusedError where it differs from the first one's, IdempotencyKeyInUseError
    where that takes too long, IdempotentAnswerGoneError.
    """
    if not is_guarded(Guard.IDEMPOTENCY):
        return work(), False
    name, fingerprint = _digest(key), _digest(request)
    if not _claim(unit, name, fingerprint):
        return _earlier_answer(unit, name, fingerprint), True
    answer = work()
    unit.connection.execute(
        _keeping(), {"name": name, "status": answer.status, "body": answer.body}
    )
    return answer, False


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _claim(unit: UnitOfWork, name: str, fingerprint: str) -> bool:
    row = {"key": name, "fingerprint": fingerprint, "started_at": unit.now}
    try:
        return unit.connection.execute(_claiming(), row).first() is not None
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise IdempotencyKeyInUseError from error
        raise


@lru_cache(maxsize=1)
def _claiming() -> ReturningInsert[tuple[str]]:
    """Return the statement, built once: every write of a program begins with it."""
    return insert(IdempotencyKey).on_conflict_do_nothing().returning(IdempotencyKey.key)


@lru_cache(maxsize=1)
def _keeping() -> Update:
    """Return the statement, built once: every write of a program ends with it."""
    return (
        update(IdempotencyKey)
        .where(IdempotencyKey.key == bindparam("name"))
        .values(status=bindparam("status"), body=bindparam("body"))
    )


def _earlier_answer(unit: UnitOfWork, name: str, fingerprint: str) -> Answer:
    kept = unit.session.execute(
        select(IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body).where(
            IdempotencyKey.key == name
        )
    ).one()
    if kept.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError
    if kept.status is None or kept.body is None:
        raise IdempotentAnswerGoneError
    return Answer(kept.status, kept.body)


def empty_old_answers(unit: UnitOfWork) -> int:
    """Empty answers older than 30 days; their keys stay, so that nothing is done twice."""
    emptied = unit.session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.body.is_not(None), IdempotencyKey.started_at < unit.now - ANSWER_KEPT)
        .values(body=None)
        .returning(IdempotencyKey.key)
    )
    return len(emptied.all())
