"""Moments are written as babel writes them, by a pattern put together once; waits in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from babel.dates import format_date, format_datetime, format_time
from flask import Flask

from app.faces.shared.formatting import colon, instant, moment, percent, span, write_address
from app.faces.shared.languages import LANGUAGES

MOMENTS = [
    datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=9 * step, seconds=47_111 * step)
    for step in range(200)
]
"""Every month, the hours on both sides of noon, one and two digits."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_moments_are_written_as_babel_writes_them(language):
    app = Flask(__name__)
    with app.test_request_context(environ_overrides={"galleria.language": language}):
        to_the_minute = [moment(each) for each in MOMENTS]
        written = [instant(each) for each in MOMENTS]
    assert to_the_minute == [
        f"{format_date(each, 'medium', language)}, {format_time(each, 'short', locale=language)}"
        for each in MOMENTS
    ]
    assert written == [format_datetime(each, "medium", locale=language) for each in MOMENTS]


@pytest.mark.parametrize(
    ("language", "seconds", "words"),
    [
        ("en", 1, "1 second"), ("en", 59, "59 seconds"), ("en", 60, "1 minute"),
        ("en", 61, "2 minutes"), ("de", 780, "13 Minuten"), ("fr", 900, "15 minutes"),
    ],
)  # fmt: skip
def test_a_wait_is_said_in_words_and_never_too_short(language, seconds, words):
    app = Flask(__name__)
    with app.test_request_context(environ_overrides={"galleria.language": language}):
        assert span(seconds) == words


ADDRESS = {
    "name": "Ada", "street_address": "Weg 5", "postal_code": "10969", "city": "Berlin",
    "country_code": "DE",
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "rate", "label", "country"),
    [
        ("en", "25.5%", "Total:", "GERMANY"),
        ("de", "25,5\xa0%", "Total:", "DEUTSCHLAND"),
        ("fr", "25,5\xa0%", "Total\xa0:", "ALLEMAGNE"),
    ],
)
def test_rates_labels_and_countries_are_the_languages_own(language, rate, label, country):
    app = Flask(__name__)
    with app.test_request_context(environ_overrides={"galleria.language": language}):
        assert percent(Decimal("25.5")) == rate
        assert colon("Total") == label
        assert write_address(ADDRESS) == ["Ada", "Weg 5", "10969 BERLIN", country]
        assert write_address({}) == []
