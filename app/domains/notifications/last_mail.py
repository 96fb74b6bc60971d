"""The last mail to a person: answers for privacy's port, from what is in memory alone."""

from app.domains.notifications.ports import AccountLetter, Mailer, MailWriter
from app.domains.privacy.ports import Farewell
from app.foundation.ports import port


class WrittenLastMail:
    """Answers for LastMail with a letter; nothing is noted, for nobody is left to note it of."""

    def send(self, farewell: Farewell) -> None:
        """Tell that the account is erased. Raises OSError where it could not be handed over."""
        letter = AccountLetter(
            "erased", farewell.erasure_id, farewell.email, farewell.name, farewell.language,
            path="/", facts={"time": farewell.until},
        )  # fmt: skip
        port(Mailer).send(port(MailWriter).account_letter(letter))
