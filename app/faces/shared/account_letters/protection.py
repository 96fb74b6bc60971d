"""Letters about what protects an account: passwords, passkeys, codes."""

from collections.abc import Mapping

from flask_babel import lazy_gettext

from app.faces.shared.account_letters.letter import RESET_NOW, Letter

PROTECTION: Mapping[str, Letter] = {
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
}  # fmt: skip
