"""The `Idempotency-Key` of changing calls: sent twice, done once (FR-028)."""

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_babel import lazy_gettext
from pydantic import BaseModel

from app.faces.shared.shops import current_scope
from app.foundation.errors import GalleriaError
from app.foundation.idempotency import Answer, answer_once
from app.foundation.unit_of_work import UnitOfWork, run_in_unit

SHORTEST_KEY, LONGEST_KEY = 16, 255
KEY_PARAMETER: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "A new, unguessable text for each thing to be done, such as a UUID; the same one"
    " when it is sent again.",
    "schema": {"type": "string", "pattern": f"^[!-~]{{{SHORTEST_KEY},{LONGEST_KEY}}}$"},
}


class IdempotencyKeyError(GalleriaError):
    """A changing call came without a usable key."""

    code = "idempotency_key"
    status = 400
    message = lazy_gettext(
        "Send an Idempotency-Key of 16 to 255 visible characters, such as a UUID: a new one for"
        " each thing to be done, the same one when it is sent again."
    )


def read_key() -> str:
    """Return the request's key. Raises IdempotencyKeyError."""
    key = request.headers.get("Idempotency-Key", "")
    is_visible = key.isascii() and key.isprintable() and " " not in key
    if not is_visible or not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise IdempotencyKeyError
    return key


def once(work: Callable[[UnitOfWork], BaseModel], *, status: int = 200) -> Response:
    """Do `work` in one transaction with keeping its answer; sent again, answer the same.

    What fails leaves nothing, so that the same key may be tried again. The address is part of the
    key, so that one key cannot fetch another basket's answer.
    """
    key = f"{request.method} {request.path} {read_key()}"
    body = request.get_data(as_text=True)
    answer, is_repeated = run_in_unit(
        current_scope(),
        lambda unit: answer_once(
            unit, key=key, request=body,
            work=lambda: Answer(status, work(unit).model_dump_json()),
        ),
    )  # fmt: skip
    response = Response(answer.body, status=answer.status, mimetype="application/json")
    if is_repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return response
