"""Stock by location, and holds on it. Knows variants by id only, and nothing of orders."""
