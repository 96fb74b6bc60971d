"""Pure rules about accounts: how long links live, what a name and an address may be."""

from datetime import timedelta

from email_validator import EmailNotValidError, validate_email

from app.domains.accounts.people.errors import EmailInvalidError, NameMissingError

SIGN_UP_LIFE = timedelta(hours=24)
EMAIL_CHANGE_LIFE = timedelta(hours=24)
UNDO_LIFE = timedelta(days=7)
"""How long the old address can take a change back."""
LONGEST_NAME = 100
LONGEST_EMAIL = 254
CURRENCIES = ("EUR", "CHF", "GBP", "USD")
"""What a person may prefer to see prices in; a shop sells in its own."""


def check_email(address: str) -> str:
    """Return the address without blanks around it. Raises EmailInvalidError."""
    trimmed = address.strip()
    try:
        validate_email(trimmed, check_deliverability=False)
    except EmailNotValidError as error:
        raise EmailInvalidError from error
    return trimmed


def check_name(name: str) -> str:
    """Return the name on one line, without what cannot be seen. Raises NameMissingError."""
    seen = " ".join("".join(each if each.isprintable() else " " for each in name).split())
    if not seen:
        raise NameMissingError
    return seen[:LONGEST_NAME]
