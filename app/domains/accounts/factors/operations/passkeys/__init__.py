"""Passkeys (WebAuthn, level 3): registering one, and proving oneself with one.

The relying party is the marketplace's own host and nothing else: a shop's host can ask for none.
"""
