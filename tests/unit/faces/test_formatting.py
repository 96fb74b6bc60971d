"""A moment is written as babel writes it, in each language, by a pattern put together once."""

from datetime import UTC, datetime, timedelta

import pytest
from babel.dates import format_datetime
from flask import Flask

from app.faces.shared.formatting import moment
from app.faces.shared.languages import LANGUAGES

MOMENTS = [
    datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=9 * step, seconds=47_111 * step)
    for step in range(200)
]
"""Every month, the hours on both sides of noon, one and two digits."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_moment_is_written_as_babel_writes_it(language):
    app = Flask(__name__)
    with app.test_request_context(environ_overrides={"galleria.language": language}):
        written = [moment(each) for each in MOMENTS]
    assert written == [format_datetime(each, "medium", locale=language) for each in MOMENTS]
