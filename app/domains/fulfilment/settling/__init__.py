"""From held to the seller's account: release, netting, transfer, reversal.

Release waits for delivery and the time for returns. A transfer is planned and committed, then asked
of the provider with our own id as key, then its answer is kept and posted. It comes out of the
order's own charge. Nothing moves while the shop's money is stopped, and nothing new is planned for
48 hours after its bank account or a second factor of its owner changed (security.md 3).
"""
