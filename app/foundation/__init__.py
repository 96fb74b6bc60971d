"""What any domain stands on; no word of business inside."""
