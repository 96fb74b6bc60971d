"""Writes: signing in and out, proving oneself anew, going from host to host. All in the directory."""
