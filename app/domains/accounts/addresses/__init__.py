"""A person's own addresses, and each country's rules for writing one."""
