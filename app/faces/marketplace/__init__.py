"""The marketplace's own host: all shops."""
