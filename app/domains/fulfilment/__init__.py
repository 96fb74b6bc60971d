"""Goods on their way, and what follows for the money: shipments, release, transfers, refunds."""
