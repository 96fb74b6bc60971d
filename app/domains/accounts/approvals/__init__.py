"""Four eyes: what one person asks for above a limit, and another approves or declines."""
