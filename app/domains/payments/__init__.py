"""Payments: intents, captures, refunds, connected accounts. A payment belongs to a subject."""
