"""Letters about an account itself: joining, its address, its keys, where it is signed in, its end."""

from collections.abc import Mapping

from flask_babel import lazy_gettext

from app.faces.shared.account_letters.letter import NOT_YOU, Letter

ACCOUNT: Mapping[str, Letter] = {
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
}  # fmt: skip
