"""Pure rules about baskets."""

from datetime import timedelta

MOST_OF_ONE = 99
MOST_LINES = 200
KEPT_FOR = timedelta(hours=24 * 30)
"""A basket is promised for 24 hours (user story 1) and kept for 30 days."""
