"""Stripe's errors, in its shape."""

from typing import Any


class StripeRefusal(Exception):
    """An answer that is not a success: status, body, and whether a repetition gets it again.

    Stripe remembers the first answer for an idempotency key, errors too, unless the parameters
    were refused before anything was done (`is_remembered` is False then).
    """

    def __init__(
        self, status: int, kind: str, message: str, *, is_remembered: bool = True, **facts: Any
    ) -> None:
        super().__init__(message)
        known = {name: value for name, value in facts.items() if value is not None}
        if code := known.get("code"):
            known["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        self.status = status
        self.is_remembered = is_remembered
        self.body = {"error": {"type": kind, "message": message, **known}}


def invalid(
    message: str,
    *,
    code: str | None = None,
    param: str | None = None,
    status: int = 400,
    **facts: Any,
) -> StripeRefusal:
    """Return a refusal that comes from the state of things: a repetition gets it again."""
    return StripeRefusal(status, "invalid_request_error", message, code=code, param=param, **facts)


def malformed(message: str, *, code: str | None = None, param: str | None = None) -> StripeRefusal:
    """Return a refusal of parameters: nothing was begun, so nothing is remembered."""
    return StripeRefusal(
        400, "invalid_request_error", message, code=code, param=param, is_remembered=False
    )


def missing(kind: str, identifier: str, *, param: str = "id", status: int = 404) -> StripeRefusal:
    """Return what Stripe says of an object that is not there."""
    return invalid(
        f"No such {kind}: '{identifier}'", code="resource_missing", param=param, status=status
    )


def unauthorised(message: str, *, code: str | None = None, status: int = 401) -> StripeRefusal:
    """Return the refusal of a key."""
    return StripeRefusal(status, "invalid_request_error", message, code=code, is_remembered=False)
