"""Giving captured money back: what was asked for, what the provider said of it."""
