"""Giving money back: ask, call the provider, keep its answer; never a call inside a transaction.

The merchant's wish is committed first, its amount set aside on the payment. Our own id is the
provider's idempotency key. No answer is `unknown`: we look the refund up, and send it again only
while the provider keeps the key. Where the seller's part was transferred already, the transfer is
reversed; that may be refused, and then the seller owes it (money.md, section 5).
"""
