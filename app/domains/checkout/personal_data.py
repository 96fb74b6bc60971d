"""What checkouts hold of people: the contact and address that they typed."""

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.domains.checkout.models import Checkout
from app.foundation.models import SealingKey
from app.foundation.personal_data import Empty, Holding

HOLDINGS = (
    Holding(
        table=Checkout,
        title=lazy_gettext("What you wrote at the checkout"),
        find=lambda who: (
            Checkout.cart_id.in_(who.of("cart"))
            | Checkout.order_id.in_(who.of("order"))
            | Checkout.key_id.in_(
                select(SealingKey.id).where(SealingKey.owner.in_(who.email_indexes))
            )
        ),
        is_root=True,
        gives="checkout",
        gives_column="cart_id",
        exported=("details", "changed_at"),
        erasure=Empty({"details": None}),
    ),
)
