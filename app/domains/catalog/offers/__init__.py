"""What can be bought of a variant, and for how much."""
