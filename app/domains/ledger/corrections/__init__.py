"""Corrections of a shop's books by hand: a closed list, each with who, why and one journal."""
