"""What a shop says of itself: name, story, settings. Knows nothing of products."""
