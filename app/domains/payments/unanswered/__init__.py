"""What was asked of the provider and has no answer for longer than it should take."""
