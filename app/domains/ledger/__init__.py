"""Balanced journals in the cell, posted by the database's own functions; balances; invariants."""
