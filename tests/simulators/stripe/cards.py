"""Stripe's test cards and their meanings (docs.stripe.com/testing), and its iDEAL.

The stand-in accepts these numbers only: any other is declined, as a real card is in Stripe's test
mode, so that no real number is ever kept here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decline:
    """How a card is refused: Stripe's code, its decline code and its sentence."""

    code: str
    decline_code: str | None
    message: str


_DECLINED = "Your card was declined."
GENERIC = Decline("card_declined", "generic_decline", _DECLINED)
INSUFFICIENT = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
NOT_A_TEST_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)
AUTHENTICATION_NEEDED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)

DECLINES = {
    "4000000000000002": GENERIC,
    "4000000000009995": INSUFFICIENT,
    "4000000000009987": Decline("card_declined", "lost_card", _DECLINED),
    "4000000000009979": Decline("card_declined", "stolen_card", _DECLINED),
    "4000000000006975": Decline("card_declined", "card_velocity_exceeded", _DECLINED),
    "4000000000000069": Decline("expired_card", "expired_card", "Your card has expired."),
    "4000000000000127": Decline(
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."
    ),
    "4000000000000119": Decline(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "4000000000000341": GENERIC,
    "4100000000000019": Decline("card_declined", "fraudulent", _DECLINED),
    "4000008260003178": INSUFFICIENT,
    "4000008400001629": GENERIC,
}
"""What the bank answers; for 3178 and 1629 after 3-D Secure."""

NEEDS_3DS = frozenset(
    {
        "4000000000003220",
        "4000000000003063",
        "4000002500003155",
        "4000002760003184",
        "4000003800000446",
        "4000008260003178",
        "4000008400001629",
    }
)
BLOCKED_BY_RADAR = frozenset({"4100000000000019"})
BYPASSES_PENDING = frozenset({"4000000000000077"})
"""Its money is available at once, and not after two days."""
REFUND_IS_PENDING = frozenset({"4000000000007726"})
"""A refund starts pending and succeeds some time later."""
REFUND_FAILS_LATER = frozenset({"4000000000005126"})
"""A refund succeeds, and fails some time later."""

_GOOD = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "mastercard_debit": "5200828282828210",
    "mastercard_2series": "2223003122003222",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "diners": "3056930009020004",
    "jcb": "3566002020360505",
    "at": "4000000400000008",
    "be": "4000000560000004",
    "ch": "4000007560000009",
    "de": "4000002760000016",
    "es": "4000007240000007",
    "fr": "4000002500000003",
    "gb": "4000008260000000",
    "it": "4000003800000008",
    "nl": "4000005280000002",
    "us": "4242424242424242",
    "threeDSecureOptional": "4000000000003055",
    "riskLevelElevated": "4000000000009235",
    "bypassPending": "4000000000000077",
    "pendingRefund": "4000000000007726",
    "refundFail": "4000000000005126",
}
_BAD = {
    "chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedLostCard": "4000000000009987",
    "chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeDeclinedFraudulent": "4100000000000019",
    "chargeCustomerFail": "4000000000000341",
    "radarBlock": "4100000000000019",
}
_AUTHENTICATED = {
    "threeDSecure2Required": "4000000000003220",
    "threeDSecureRequired": "4000000000003063",
    "threeDSecureRequiredChargeDeclined": "4000008400001629",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequiredSetupForOffSession": "4000003800000446",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
}
_BY_NAME = {**_GOOD, **_BAD, **_AUTHENTICATED}
TOKENS = {f"pm_card_{name}": number for name, number in _BY_NAME.items()} | {
    f"pm_card_visa_{name}": number for name, number in _BAD.items()
}
NUMBERS = frozenset(_BY_NAME.values())

_COUNTRIES = {_GOOD[code]: code.upper() for code in "at be ch de es fr gb it nl".split()}
_BRANDS = (("34", "amex"), ("37", "amex"), ("35", "jcb"), ("30", "diners"), ("36", "diners"),
           ("6", "discover"), ("5", "mastercard"), ("2", "mastercard"))  # fmt: skip


def country_of(number: str) -> str:
    """Return the country in which a test card was issued."""
    return _COUNTRIES.get(number, "US")


def brand_of(number: str) -> str:
    """Return the network of a card number."""
    return next((brand for start, brand in _BRANDS if number.startswith(start)), "visa")


def is_plausible(number: str) -> bool:
    """Say whether a number has a card's length and its check digit (Luhn)."""
    if not number.isdigit() or not 12 <= len(number) <= 19:
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
