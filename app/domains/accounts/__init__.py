"""People, their passwords, sessions and roles. Knows nothing of shops' dealings."""
