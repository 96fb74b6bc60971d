"""A cart becoming an order, in one story; and `confirm_payment`, whoever calls it."""
