"""What a command could not do, told in one sentence for the person at the terminal."""


class CommandError(Exception):
    """An expected failure: the text says what happened and what to do; exit status 1."""
