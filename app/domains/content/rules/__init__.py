"""Pure rules about what a shop says of itself: its words, its pictures, its imprint."""

PARTS = ("texts", "pictures", "imprint")
"""What is changed, counted and put back as one."""
