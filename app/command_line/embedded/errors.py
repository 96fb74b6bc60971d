"""What can go wrong with an embedded server; each text says what to do."""


class EmbeddedServerError(Exception):
    """A server did not start, or its folder cannot be used."""


class StateInUseError(EmbeddedServerError):
    """Another process holds the folder."""
