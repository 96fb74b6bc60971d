"""Stripe's errors, in its shape."""

from typing import Any


class StripeRefusal(Exception):
    def __init__(self, status: int, kind: str, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **facts}}


def invalid(
    message: str, *, code: str | None = None, param: str | None = None, status: int = 400
) -> StripeRefusal:
    facts = {key: value for key, value in {"code": code, "param": param}.items() if value}
    return StripeRefusal(status, "invalid_request_error", message, **facts)


def missing(kind: str, identifier: str) -> StripeRefusal:
    return invalid(
        f"No such {kind}: '{identifier}'", code="resource_missing", param="id", status=404
    )
