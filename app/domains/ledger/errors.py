"""What the books refuse. Each stands for a rule of the database, by the name that it reports."""

from flask_babel import lazy_gettext
from sqlalchemy.exc import DBAPIError

from app.foundation.errors import GalleriaError


class PostingRefusedError(GalleriaError):
    """The facts cannot be posted: an amount is negative, missing, or the parts do not add up."""

    code = "posting_refused"
    status = 409
    message = lazy_gettext(
        "The books do not take this amount. Nothing was changed; check it and try again."
    )


class PostedDifferentlyError(PostingRefusedError):
    """The same source was posted before, with other facts."""

    code = "posted_differently"
    message = lazy_gettext(
        "This has been booked before, with another amount. Nothing was changed; load the page again."
    )


class NotEnoughInBooksError(PostingRefusedError):
    """The order or the account has less than was to be moved."""

    code = "not_enough_in_books"
    message = lazy_gettext(
        "There is less money left than that. Nothing was changed; load the page to see how much."
    )


class ChargeSpentError(NotEnoughInBooksError):
    """More than the order's own charge still has, out of which the shop is paid."""

    code = "charge_spent"
    message = lazy_gettext(
        "A credit is paid out of the order's own payment, which has less left than that. Nothing"
        " has changed; choose a smaller amount, or another order."
    )


_BY_RULE: dict[str, type[PostingRefusedError]] = {
    "ledger_facts": PostingRefusedError,
    "ledger_source": PostedDifferentlyError,
    "ledger_floor": NotEnoughInBooksError,
    "ledger_order": NotEnoughInBooksError,
    "ledger_charge": ChargeSpentError,
}


def explain_refusal(error: DBAPIError) -> PostingRefusedError | None:
    """Return what a refusal of the database means; None where the ledger did not refuse."""
    diagnosis = getattr(error.orig, "diag", None)
    known = _BY_RULE.get(getattr(diagnosis, "constraint_name", None) or "")
    return known() if known else None
