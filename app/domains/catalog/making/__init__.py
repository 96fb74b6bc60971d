"""Products that a merchant makes and changes by hand, one at a time."""
