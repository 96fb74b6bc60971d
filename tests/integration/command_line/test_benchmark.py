"""The benchmarks run, at sizes that say nothing; what they measure is in docs/measurements.md."""

import re

import pytest

from app.command_line.benchmark.measuring import percentile
from app.command_line.benchmark.search import KINDS, measure_search
from app.command_line.benchmark.tenancy import measure_tenancy

pytestmark = [pytest.mark.crash]


@pytest.fixture
def said(platform):
    """What a benchmark says; this process is wired to the tests' marketplace again afterwards."""
    from app.domains.notifications.ports import Mailer
    from app.foundation.ports import port, provide
    from app.wiring import wire

    mailer, lines = port(Mailer), []
    yield lines
    wire(platform.configuration)
    provide(Mailer, mailer)


def test_searching_a_large_shop(said):
    measure_search(products=300, searches=2, say=said.append)
    text = "\n".join(said)
    assert all(f"\n--- {name}\n" in text for name in KINDS)
    assert "product_card_words_index" in text or "Seq Scan" in text


def test_many_shops(said):
    measure_tenancy(shops=3, say=said.append)
    text = "\n".join(said)
    figures = re.findall(r"(\d+\.?\d*) (?:ms|s|KB)", text)
    assert len(figures) >= 9, text
    assert "ADD COLUMN for 3 shops" in text


def test_percentiles():
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.99) == 1.0
