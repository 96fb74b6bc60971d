"""Writes: passwords, passkeys, codes, reset links, counted failures, pauses of payouts."""
