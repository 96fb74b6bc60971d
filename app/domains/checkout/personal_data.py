"""What checkouts hold of people: the contact and address that they typed."""

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, and_, or_, select

from app.domains.checkout.models import Checkout
from app.foundation.models import SealingKey
from app.foundation.personal_data import Empty, Holding, Subject


def _is_theirs(who: Subject) -> ColumnElement[bool]:
    """Checkouts of their baskets and orders, and what was typed with their address as a guest."""
    keys = select(SealingKey.id).where(SealingKey.owner.in_(who.email_indexes))
    former = select(SealingKey.id).where(SealingKey.replaced_by.in_(keys))
    as_guest = Checkout.key_id.in_(keys) | Checkout.key_id.in_(former)
    return or_(
        Checkout.cart_id.in_(who.of("cart")),
        Checkout.order_id.in_(who.of("order")),
        and_(as_guest, Checkout.changed_at < who.until),
    )


HOLDINGS = (
    Holding(
        table=Checkout,
        title=lazy_gettext("What you wrote at the checkout"),
        find=_is_theirs,
        is_root=True,
        gives="checkout",
        gives_column="cart_id",
        exported=("details", "changed_at"),
        erasure=Empty({"details": None}),
    ),
)
