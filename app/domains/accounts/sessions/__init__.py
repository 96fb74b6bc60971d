"""Signed-in people: one sign-in, a session for each host, fresh proof, known devices."""
