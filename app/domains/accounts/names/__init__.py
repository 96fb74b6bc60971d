"""Whom a log may name to whom."""
