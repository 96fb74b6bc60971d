"""Collections as the merchant makes them: named, filled, ordered, published, deleted, brought back."""
