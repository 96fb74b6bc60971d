"""Changing the key of look-ups (blind indexes) while everything goes on.

Two keys are valid at a time: the first writes, both find. An index names its key, but for those of
the first release. Rows are written anew a few at a time, in transactions that only look for what is
not on the first key yet, so that a change that was killed is gone on with by running it again.

That an address has one account is the database's business at every moment: an account carries its
address under every key that the database calls complete (`registry`), and no address may be claimed
twice, under whichever key.
"""
