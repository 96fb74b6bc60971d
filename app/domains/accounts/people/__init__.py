"""People: who they are, how they join, and what they are called and written to as."""
