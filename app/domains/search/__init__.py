"""What buyers see in lists, and finding it: a read model kept by events (FR-049)."""
