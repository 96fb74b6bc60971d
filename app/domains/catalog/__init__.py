"""Products, variants, prices and collections, and importing them from files. Knows no stock."""
