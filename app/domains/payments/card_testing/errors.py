"""What is refused to who begins too many payments."""

from math import ceil

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class TooManyPaymentsError(GalleriaError):
    """More payments of one basket were begun than anybody needs; `seconds` is when to come back."""

    code = "too_many_payments"
    status = 429
    message = lazy_gettext(
        "Too many payments were begun for this basket. Nothing was charged and your basket is kept:"
        " try again in %(minutes)s minutes, or write to the shop."
    )

    def __init__(self, seconds: int) -> None:
        super().__init__(minutes=ceil(seconds / 60))
        self.seconds = seconds
