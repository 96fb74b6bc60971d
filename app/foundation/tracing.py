"""The trace id that ties a request, its events, its jobs and its log lines together (FR-036)."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_trace: ContextVar[str] = ContextVar("trace", default="")


def current_trace() -> str:
    """Return the trace id of what is being done now, empty where there is none."""
    return _trace.get()


@contextmanager
def trace(trace_id: str = "") -> Iterator[str]:
    """Do what follows under `trace_id`, or under a new one."""
    chosen = trace_id or secrets.token_hex(16)
    token = _trace.set(chosen)
    try:
        yield chosen
    finally:
        _trace.reset(token)
