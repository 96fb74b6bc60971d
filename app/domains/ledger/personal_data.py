"""What the books hold of people: who corrected them by hand, as ids."""

from flask_babel import lazy_gettext

from app.domains.ledger.corrections.models import Correction
from app.foundation.personal_data import Holding, Keep

OF_SHOPS = (
    Holding(
        table=Correction,
        title=lazy_gettext("Corrections of the books that you posted or approved"),
        find=lambda who: (
            (Correction.posted_by == who.person_id) | (Correction.approved_by == who.person_id)
        ),
        exported=("kind", "currency", "amount", "reason", "reference", "posted_at"),
        erasure=Keep(lazy_gettext("Who decided on money must be kept; it holds ids and no names.")),
        untold={
            "posted_by": "the account that the export itself is about, or a colleague",
            "approved_by": "the account that the export itself is about, or a colleague",
        },
    ),
)
