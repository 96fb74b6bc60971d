"""A product's pictures as the merchant arranges them: sent, ordered, told in words, removed."""
