"""People's names for those who may see them: who works for a shop, and who acted in a log."""
