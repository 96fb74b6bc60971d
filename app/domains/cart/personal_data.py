"""What baskets hold of people: which person's they are, and what is in them."""

from flask_babel import lazy_gettext

from app.domains.cart.models import Cart, CartLine
from app.domains.cart.operations import forget_carts
from app.foundation.personal_data import By, Holding, Keep, Subject
from app.foundation.unit_of_work import UnitOfWork


def _forget(unit: UnitOfWork, who: Subject) -> None:
    forget_carts(unit, cart_ids=who.of("cart"))


HOLDINGS = (
    Holding(
        table=Cart,
        title=lazy_gettext("Your baskets"),
        find=lambda who: (Cart.person_id == who.person_id) | Cart.id.in_(who.of("cart")),
        gives="cart",
        is_root=True,
        exported=("id", "state", "created_at", "touched_at"),
        erasure=By(_forget, columns=("person_id",)),
        untold={"person_id": "the account that the export itself is about"},
    ),
    Holding(
        table=CartLine,
        title=lazy_gettext("What is in your baskets"),
        find=lambda who: CartLine.cart_id.in_(who.of("cart")),
        exported=("cart_id", "variant_id", "quantity", "added_at"),
        erasure=Keep(lazy_gettext("The lines go with their basket.")),
    ),
)
