"""Handing a shop over to another owner: offered, accepted, declined or taken back."""
