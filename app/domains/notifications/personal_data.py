"""What notifications hold of people: that a mail was sent, without its address or text."""

from flask_babel import lazy_gettext

from app.domains.notifications.models import SentMessage
from app.foundation.personal_data import Holding, Keep

HOLDINGS = (
    Holding(
        table=SentMessage,
        title=lazy_gettext("Mails that were sent to you"),
        find=lambda who: SentMessage.subject_id.in_(who.of("order")),
        exported=("kind", "subject_id", "sent_at"),
        erasure=Keep(lazy_gettext("It says that a mail was sent, not to whom or what.")),
    ),
)
