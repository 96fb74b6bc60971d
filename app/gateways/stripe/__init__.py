"""Stripe, through its official SDK, unmodified; the stand-in in tests/simulators speaks its protocol."""
