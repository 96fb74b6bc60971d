"""Reading product files of other systems: pure, from bytes to products and problems."""
