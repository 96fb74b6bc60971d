"""The payment provider on Stripe: separate charges and transfers, captured by hand (money.md, 1)."""

from app.gateways.stripe.accounts import StripeAccounts
from app.gateways.stripe.intents import StripeIntents
from app.gateways.stripe.refunds import StripeRefunds
from app.gateways.stripe.transfers import StripeTransfers


class StripePayments(StripeIntents, StripeRefunds, StripeAccounts, StripeTransfers):
    """Answers for PaymentProvider. Every change carries a key made of our own id."""
