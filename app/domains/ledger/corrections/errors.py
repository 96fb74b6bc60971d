"""What could not be corrected, and what to do about it."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class CorrectionReferenceError(GalleriaError):
    """The reference is missing, or is no number of a ticket or an invoice."""

    code = "correction_reference"
    status = 422
    message = lazy_gettext(
        "Write the number of the ticket or the invoice: letters, digits, dots, strokes and hyphens"
        " without a blank, at least one digit, at most 32 in all. No names."
    )


class CorrectionAmountError(GalleriaError):
    """No amount, or none that is more than zero."""

    code = "correction_amount"
    status = 422
    message = lazy_gettext("Write how much it is, more than zero, for example 12.50.")


class CorrectionChoiceError(GalleriaError):
    """The kind or the reason is none of ours."""

    code = "correction_choice"
    status = 422
    message = lazy_gettext("Choose what is corrected, and why.")


class CorrectionOrderError(GalleriaError):
    """The kind needs an order of this shop, or takes none."""

    code = "correction_order"
    status = 422
    message = lazy_gettext(
        "Write the number of a paid order of this shop. Only a charge, a write-off and a"
        " provider's fee belong to no order."
    )


class OwesLessError(GalleriaError):
    """The shop owes less, or a part of it is being brought back from the provider just now."""

    code = "owes_less"
    status = 409
    message = lazy_gettext(
        "The shop owes less than that, counting what Stripe is bringing back just now. Nothing has"
        " changed. What it has paid already goes back as a credit for an order."
    )


class NotReversibleError(GalleriaError):
    """It was taken back already, or is a counter-entry itself."""

    code = "not_reversible"
    status = 409
    message = lazy_gettext(
        "This was taken back already, or takes something back itself. Nothing has changed; write a"
        " new correction if it is needed."
    )
