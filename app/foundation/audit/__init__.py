"""The log of who did what: written with the act, chained afterwards, signed, and verified."""
