"""What a shop's own side of a person holds of them."""

from flask_babel import lazy_gettext

from app.domains.customers.models import Customer, CustomerConsent
from app.foundation.personal_data import Delete, Holding

HOLDINGS = (
    Holding(
        table=Customer,
        title=lazy_gettext("You as a customer"),
        find=lambda who: Customer.person_id == who.person_id,
        gives="customer",
        key_owner_column="email_index",
        is_root=True,
        exported=("name", "email", "language", "created_at", "changed_at"),
        erasure=Delete(),
        untold={
            "person_id": "the account that the export itself is about",
            "email_index": "a fingerprint of the address, which is exported",
        },
    ),
    Holding(
        table=CustomerConsent,
        title=lazy_gettext("What you agreed to with this shop"),
        find=lambda who: CustomerConsent.customer_id.in_(who.of("customer")),
        exported=("purpose", "is_given", "wording", "place", "happened_at"),
        erasure=Delete(),
        untold={"customer_id": "the customer under which the answers are listed"},
    ),
)
