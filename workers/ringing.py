"""RQ as the doorbell: a job's argument is a delivery's key, nothing more."""

from redis import Redis
from rq import Queue as RqQueue

from app.foundation.delivery import DeliveryKey
from app.foundation.events import QUEUES, Queue


def queue_names() -> list[str]:
    """Return the queues in the order in which a worker empties them."""
    return list(QUEUES)


class Doorbell:
    """Rings a queue for a delivery, or for a scheduled job."""

    def __init__(self, redis: Redis) -> None:
        self._queues = {name: RqQueue(name, connection=redis) for name in QUEUES}

    def ring(self, queue: Queue, key: DeliveryKey) -> None:
        """Let a worker run a delivery. Nothing is kept of the job: PostgreSQL knows."""
        self._queues[queue].enqueue(
            "workers.jobs.run_delivery",
            kwargs={"database": key.database, "shop": key.shop, "event_id": key.event_id,
                    "reaction": key.reaction},
            result_ttl=0, failure_ttl=0, ttl=60,
        )  # fmt: skip

    def ring_schedule(self, queue: Queue, name: str, cell: str) -> None:
        """Let a worker run a scheduled job in one cell."""
        self._queues[queue].enqueue(
            "workers.jobs.run_scheduled", kwargs={"name": name, "cell": cell},
            result_ttl=0, failure_ttl=0, ttl=30,
        )  # fmt: skip
