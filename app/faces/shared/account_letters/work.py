"""Letters to people who work for a shop or for us: what waits for them, who is asked, who owns."""

from collections.abc import Mapping

from flask_babel import lazy_gettext

from app.faces.shared.account_letters.letter import NOT_YOU, Letter

WORK: Mapping[str, Letter] = {
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
