"""The worker that empties the queues."""

import structlog
from rq import SimpleWorker
from rq.exceptions import NoSuchJobError

log = structlog.get_logger(__name__)


class QueueWorker(SimpleWorker):
    """RQ's worker in this process, which goes on where RQ's own housekeeping stumbles.

    After a worker was killed, RQ may know of a job under way a while longer than of its execution:
    looking after it raises then, and ends RQ's own worker. Deliveries do not depend on it, the
    relay rings again for what was not consumed.
    """

    def clean_registries(self) -> None:
        """Forget what killed workers left, as far as that can be read."""
        try:
            super().clean_registries()  # type: ignore[no-untyped-call]
        except (ValueError, NoSuchJobError) as error:
            log.warning("a killed worker's traces were not all read", error=type(error).__name__)
