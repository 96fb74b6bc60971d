"""Structured logs: one JSON object a line, with trace, shop and person (FR-036, FR-037)."""

import logging
import sys
from typing import Any

import structlog
from structlog.contextvars import merge_contextvars

from app.foundation.clock import clock
from app.foundation.scrubbing import ScrubbingFilter, scrub_line
from app.foundation.tracing import current_trace


def configure_logs(*, level: str, process_name: str) -> None:
    """Let structlog and the standard library write JSON lines to standard error."""

    def add_origin(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
        event["process"] = process_name
        event["at"] = clock.process_time().isoformat()
        if current_trace():
            event.setdefault("trace", current_trace())
        return event

    shared: list[Any] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        add_origin,
        structlog.processors.format_exc_info,
        scrub_line,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    server = logging.getLogger("gunicorn.error")
    server.filters = [ScrubbingFilter()]
