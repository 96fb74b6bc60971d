"""Resolving hosts on the web's path: the directory is asked, and the answer kept for a moment."""

import threading
import time

from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord, find_shop_by_host

KEPT_SECONDS = 2.0
MOST_KEPT = 5000


class ShopDirectory:
    """Finds shops by host label. A suspension reaches every process within KEPT_SECONDS."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, ShopRecord | None]] = {}
        self._lock = threading.Lock()

    def find(self, label: str) -> ShopRecord | None:
        """Return the shop that a label or a merchant's own domain means."""
        now = time.monotonic()
        kept = self._kept.get(label)
        if kept and now - kept[0] < KEPT_SECONDS:
            return kept[1]
        with unit_of_work(directory_scope()) as unit:
            shop = find_shop_by_host(unit, label)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[label] = (now, shop)
        return shop

    def forget(self) -> None:
        """Drop what is kept; for tests that count statements with cold caches."""
        self._kept.clear()
