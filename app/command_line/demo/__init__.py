"""`./galleria demo`: the whole marketplace on one machine, with stand-ins for Stripe and mail."""

from app.command_line.demo.command import demo

__all__ = ["demo"]
