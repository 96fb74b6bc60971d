"""Asking somebody by mail to work for a shop, or for the platform."""
