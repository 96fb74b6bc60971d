"""Pictures by address: only from public addresses, within limits of time and size."""
