"""What parcels hold of people: the number under which a carrier knows their address."""

from flask_babel import lazy_gettext

from app.domains.fulfilment.models import Shipment
from app.foundation.personal_data import Empty, Holding

HOLDINGS = (
    Holding(
        table=Shipment,
        title=lazy_gettext("Your parcels"),
        find=lambda who: Shipment.order_id.in_(who.of("order")),
        exported=("order_id", "carrier", "tracking_number", "sent_at"),
        erasure=Empty({"tracking_number": ""}),
        untold={"sent_by": "the id of whoever works for the shop"},
        kept={"sent_by": "the id of whoever works for the shop, which their own erasure unnames"},
    ),
)
