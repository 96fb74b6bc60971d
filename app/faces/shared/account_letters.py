"""What letters about an account say: a subject, what the button does, and a few sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext

from app.faces.shared.formatting import moment, money
from app.foundation.money import Money

NOT_YOU = lazy_gettext(
    "If this was not you, sign out everywhere else and change your password: the page behind"
    " the link shows how."
)


RESET_NOW = lazy_gettext(
    "If this was not you, choose a new password at once: the sign-in page leads there, and it signs"
    " everybody out."
)


@dataclass(frozen=True, slots=True)
class Letter:
    """The words of one kind of letter; named placeholders are filled with the letter's facts."""

    subject: Any
    action: Any
    paragraphs: tuple[Any, ...]

    def tell(self, facts: Mapping[str, Any]) -> list[str]:
        """Return subject, action and paragraphs in the language in force."""
        told = {name: _write(value) for name, value in facts.items()}
        parts = (self.subject, self.action, *self.paragraphs)
        return [str(part) % told if told else str(part) for part in parts]


def _write(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    return money(value) if isinstance(value, Money) else value


LETTERS: Mapping[str, Letter] = {
    "erasure_asked": Letter(
        lazy_gettext("Your account will be erased"),
        lazy_gettext("Keep my account"),
        (
            lazy_gettext(
                "You asked us to erase your account and everything that Galleria and its shops "
                "hold of you. It begins after %(time)s (UTC). Until then one click keeps it."
            ),
            lazy_gettext(
                "If this was not you, keep the account with the button, then change your password."
            ),
        ),
    ),
    "erasure_withdrawn": Letter(
        lazy_gettext("Your account stays"),
        lazy_gettext("See your data"),
        (lazy_gettext("You took your wish back. Nothing was erased, and nothing will be."),),
    ),
    "erased": Letter(
        lazy_gettext("Your account is erased"),
        lazy_gettext("To the shops"),
        (
            lazy_gettext(
                "Your Galleria account is erased, as you asked. Nobody can sign in to it any more, "
                "and what shops hold of you goes with it, everywhere by %(time)s (UTC) at the "
                "latest."
            ),
            lazy_gettext(
                "Orders and books stay without your name, because tax law asks for them."
            ),
            lazy_gettext(
                "This is our last mail: we no longer know your address. You are welcome to open a "
                "new account at any time."
            ),
        ),
    ),
    "sign_up": Letter(
        lazy_gettext("Finish your Galleria account"),
        lazy_gettext("Finish the account"),
        (
            lazy_gettext(
                "Somebody wants to open a Galleria account with this address. If it was you, "
                "finish it here; the link works for 24 hours, once."
            ),
            lazy_gettext("If it was not you, do nothing: no account is made."),
        ),
    ),
    "sign_up_known": Letter(
        lazy_gettext("You have a Galleria account already"),
        lazy_gettext("Sign in"),
        (
            lazy_gettext(
                "Somebody wanted to open a Galleria account with this address, and there is one "
                "already. If it was you, sign in; the sign-in page helps with a forgotten "
                "password."
            ),
            lazy_gettext("If it was not you, do nothing: your account is as it was."),
        ),
    ),
    "email_confirm": Letter(
        lazy_gettext("Confirm your new address"),
        lazy_gettext("Confirm the address"),
        (
            lazy_gettext(
                "You asked us to write to this address from now on. Confirm it here; the link "
                "works for 24 hours, once."
            ),
            lazy_gettext("If it was not you, do nothing: nothing changes."),
        ),
    ),
    "email_taken": Letter(
        lazy_gettext("This address has an account of its own"),
        lazy_gettext("Sign in"),
        (
            lazy_gettext(
                "Somebody asked us to use this address for another Galleria account. It has an "
                "account of its own, so nothing was changed."
            ),
        ),
    ),
    "email_change": Letter(
        lazy_gettext("Your address is about to change"),
        lazy_gettext("Keep this address"),
        (
            lazy_gettext(
                "Somebody who is signed in to your account asked us to write to another address "
                "from now on."
            ),
            lazy_gettext(
                "If it was not you, keep this address with the button: it works for seven days, "
                "also after the change, and signs everybody out."
            ),
        ),
    ),
    "email_changed": Letter(
        lazy_gettext("Your address was changed"),
        lazy_gettext("Sign in"),
        (
            lazy_gettext(
                "Your Galleria account belongs to another address now, and this one gets no more "
                "mails about it."
            ),
            lazy_gettext(
                "If it was not you, use the button of our mail before this one: it takes the "
                "change back for seven days."
            ),
        ),
    ),
    "api_token": Letter(
        lazy_gettext("A key for programs was made"),
        lazy_gettext("See your keys"),
        (
            lazy_gettext(
                "A key for programs was made in your name: %(key)s. It ends on %(ends)s (UTC)."
            ),
            lazy_gettext(
                "If it was not you, withdraw the key, sign out everywhere else and change your "
                "password: the page behind the link shows how."
            ),
        ),
    ),
    "new_device": Letter(
        lazy_gettext("A new sign-in to your account"),
        lazy_gettext("See where you are signed in"),
        (
            lazy_gettext(
                "A browser that we did not know signed in to your account: %(agent)s, from "
                "%(address)s, on %(time)s (UTC)."
            ),
            NOT_YOU,
        ),
    ),
    "reset": Letter(
        lazy_gettext("A new password for your account"),
        lazy_gettext("Choose a new password"),
        (
            lazy_gettext(
                "Somebody asked for a new password for your Galleria account. If it was you,"
                " choose it here; the link works for an hour, once, and asks for your second factor if you"
                 " have one."),
            lazy_gettext("If it was not you, do nothing: your password is as it was."),
        ),
    ),
    "password_changed": Letter(
        lazy_gettext("Your password was changed"),
        lazy_gettext("See what protects your account"),
        (
            lazy_gettext(
                "The password of your Galleria account was changed on %(time)s (UTC), and every"
                " other browser was signed out."),
            RESET_NOW,
        ),
    ),
    "passkey_added": Letter(
        lazy_gettext("A passkey was added to your account"),
        lazy_gettext("See what protects your account"),
        (lazy_gettext("It signs in to your Galleria account since %(time)s (UTC)."), RESET_NOW),
    ),
    "app_added": Letter(
        lazy_gettext("An authenticator app was set up for your account"),
        lazy_gettext("See what protects your account"),
        (lazy_gettext("It shows codes for your Galleria account since %(time)s (UTC)."), RESET_NOW),
    ),
    "passkey_removed": Letter(
        lazy_gettext("A passkey was removed from your account"),
        lazy_gettext("See what protects your account"),
        (lazy_gettext("It no longer signs in to your Galleria account since %(time)s (UTC)."), RESET_NOW),
    ),
    "app_removed": Letter(
        lazy_gettext("The authenticator app was removed from your account"),
        lazy_gettext("See what protects your account"),
        (lazy_gettext("Its codes no longer count since %(time)s (UTC)."), RESET_NOW),
    ),
    "recovery_codes_made": Letter(
        lazy_gettext("New recovery codes for your account"),
        lazy_gettext("See what protects your account"),
        (
            lazy_gettext("Ten new recovery codes were made on %(time)s (UTC). Older ones no longer count."),
            RESET_NOW,
        ),
    ),
    "recovery_code_used": Letter(
        lazy_gettext("A recovery code was used"),
        lazy_gettext("See what protects your account"),
        (
            lazy_gettext("Somebody proved with a recovery code that your Galleria account is theirs, on"
                 " %(time)s (UTC). Codes left: %(left)s."),
            RESET_NOW,
        ),
    ),
    "approval_asked": Letter(
        lazy_gettext("A refund at %(shop)s waits for you"),
        lazy_gettext("See what waits"),
        (
            lazy_gettext(
                "Somebody wants to give %(amount)s back for %(shop)s, which takes a second person. "
                "Approve or decline it until %(until)s (UTC); the first answer counts."
            ),
        ),
    ),
    "journal_asked": Letter(
        lazy_gettext("A correction of the books of %(shop)s waits for you"),
        lazy_gettext("See what waits"),
        (
            lazy_gettext(
                "Somebody wants to post %(amount)s by hand in the books of %(shop)s, which takes a "
                "second person. Approve or decline it until %(until)s (UTC); the first answer counts."
            ),
        ),
    ),
    "invitation": Letter(
        lazy_gettext("You are invited to work for %(shop)s"),
        lazy_gettext("See the invitation"),
        (
            lazy_gettext(
                "%(shop)s invites you to work with them on Galleria, as: %(role)s. The page behind "
                "the link says what you may do then."
            ),
            lazy_gettext("The link works once, for this address, until %(until)s (UTC)."),
            lazy_gettext("If you do not know them, do nothing: nothing happens."),
        ),
    ),
    "shop_offered": Letter(
        lazy_gettext("You offered %(shop)s to another owner"),
        lazy_gettext("See the offer"),
        (
            lazy_gettext(
                "You offered your shop %(shop)s to %(new_owner)s. Nothing changes until they accept; "
                "until then you can take it back. The offer ends on %(until)s (UTC)."
            ),
            NOT_YOU,
        ),
    ),
    "shop_offered_to_you": Letter(
        lazy_gettext("%(owner)s offers you %(shop)s"),
        lazy_gettext("See the offer"),
        (
            lazy_gettext(
                "%(owner)s wants to hand the shop %(shop)s over to you. If you accept, you own it, "
                "with its money and its people. The offer ends on %(until)s (UTC)."
            ),
        ),
    ),
    "shop_given": Letter(
        lazy_gettext("%(shop)s has a new owner"),
        lazy_gettext("See your rights"),
        (
            lazy_gettext(
                "%(new_owner)s has accepted: the shop %(shop)s is theirs now, and you are an "
                "administrator."
            ),
            NOT_YOU,
        ),
    ),
    "shop_received": Letter(
        lazy_gettext("%(shop)s is yours now"),
        lazy_gettext("See your rights"),
        (
            lazy_gettext(
                "You have accepted the shop %(shop)s. Please look at who works there, and connect "
                "your own bank account."
            ),
        ),
    ),
    "shop_offer_ended": Letter(
        lazy_gettext("%(shop)s stays yours"),
        lazy_gettext("See your rights"),
        (
            lazy_gettext(
                "The offer of your shop %(shop)s to %(new_owner)s is over: it was declined or taken "
                "back. Nothing has changed."
            ),
        ),
    ),
    "shop_offer_to_you_ended": Letter(
        lazy_gettext("%(shop)s is no longer offered to you"),
        lazy_gettext("See your rights"),
        (
            lazy_gettext(
                "The offer of the shop %(shop)s is over: it was declined or taken back. Nothing has "
                "changed."
            ),
        ),
    ),
}  # fmt: skip
