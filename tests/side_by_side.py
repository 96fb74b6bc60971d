"""Jobs repeated side by side, in this process, while a test does something else."""

import threading
import time
import traceback
from collections import Counter


class SideBySide:
    """Repeats jobs, a thread each; notes how often each was done, and what went wrong."""

    def __init__(self):
        self.errors, self.done = [], Counter()
        self._ending = threading.Event()
        self._jobs, self._threads = [], []

    def start(self, *jobs):
        """Begin to repeat these functions."""
        self._jobs = [job.__name__ for job in jobs]
        self._threads = [threading.Thread(target=self._repeat, args=(job,)) for job in jobs]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Let each job end what it is doing, and wait for it."""
        self._ending.set()
        for thread in self._threads:
            thread.join(60)

    def go_on(self, seconds=60):
        """Wait until each job has been done once more."""
        before, until = Counter(self.done), time.monotonic() + seconds
        while any(self.done[job] <= before[job] for job in self._jobs):
            assert time.monotonic() < until, (self.done, self.errors[:1])
            time.sleep(0.05)

    def _repeat(self, job):
        while not self._ending.is_set():
            try:
                job()
                self.done[job.__name__] += 1
            except Exception:
                self.errors.append(traceback.format_exc(limit=-4))
            time.sleep(0.02)
