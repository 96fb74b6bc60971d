"""Programs that try out stolen cards: who began which payment, and how many cards were declined."""
