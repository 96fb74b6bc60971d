"""A stand-in for Stripe: its HTTP API as the unmodified SDK speaks it, with Connect and webhooks.

Written from the provider's public documentation; its objects carry the keys of the real ones.

What it does not play: SetupIntents, invoices, disputes, payouts of the platform, direct and
destination charges, rate limits of its own. They wait for the issues that need them.
"""

from tests.simulators.stripe.server import StripeStandIn

__all__ = ["StripeStandIn"]
