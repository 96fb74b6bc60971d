"""A worker goes on after another one was killed in the middle of a job."""

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.executions import Execution
from rq.registry import StartedJobRegistry

from workers.emptying import QueueWorker


@pytest.fixture
def half_forgotten(platform):
    """A queue with a job, in which RQ knows of another under way, and not of its execution."""
    with Redis.from_url(platform.configuration.redis_url) as redis:
        queue = Queue("after-a-kill", connection=redis)
        job = queue.enqueue(print, "killed", result_ttl=0, failure_ttl=0)
        queue.remove(job)
        with redis.pipeline() as pipeline:
            execution = Execution.create(job, ttl=60, pipeline=pipeline)
            pipeline.execute()
        redis.delete(execution.key)
        redis.zadd(StartedJobRegistry(queue=queue).key, {execution.composite_key: 1})
        queue.enqueue(print, "done", result_ttl=0, failure_ttl=0)
        yield queue
        queue.delete(delete_jobs=True)
        redis.delete(f"rq:clean_registries:{queue.name}")


def test_a_worker_goes_on_where_housekeeping_stumbles(half_forgotten, capfd):
    worker = QueueWorker([half_forgotten], connection=half_forgotten.connection)
    assert worker.work(burst=True)
    assert "done" in capfd.readouterr().out


def test_rqs_own_worker_ends_there(half_forgotten):
    """The control: without ours the process is gone, and the job waits."""
    worker = SimpleWorker([half_forgotten], connection=half_forgotten.connection)
    assert not worker.work(burst=True)
    assert len(half_forgotten) == 1
