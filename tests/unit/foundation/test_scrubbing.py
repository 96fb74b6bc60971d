"""What log lines and error reports must not carry, and what they must keep."""

import hashlib
import io
import logging
import time

import pytest

from app.foundation.identifiers import new_token
from app.foundation.scrubbing import GONE, ScrubbingFilter, scrub, scrub_report

TOKEN = "pPzKJx-8Yw_0aFhRt2Lm4QvBn6ScDe9GiUoWkX1TyZ3"


@pytest.mark.parametrize(
    "text",
    [
        f"GET /en/orders/{TOKEN}/pay", f"https://shop.example/orders/{TOKEN}?page=1", TOKEN,
        f"Error handling request /reset/{TOKEN}", f"sk_live_{TOKEN}", f"whsec_{TOKEN}", f"'{TOKEN}'",
        f"pi_3Abc_secret_{TOKEN}", f"/signed-in?code={TOKEN[:8]}&next=/", f"token={TOKEN[:6]}",
        f'{{"password": "{TOKEN[:9]}"}}', f"{{'nonce': '{TOKEN[:9]}'}}", f"next=/&code%3D{TOKEN[:8]}",
        "ada.buyer+x@example.co.uk", "to=ada.buyer%40example.com", "<Ada.Buyer@example.com>",
    ],
)  # fmt: skip
def test_secrets_of_links_and_addresses_are_gone(text):
    scrubbed = scrub(text)
    assert GONE in scrubbed
    assert TOKEN[:6] not in scrubbed
    assert "ada" not in scrubbed.lower()


def test_every_token_of_ours_is_gone():
    assert all(token not in scrub(f"x {token} y") for token in (new_token() for _ in range(2000)))


@pytest.mark.parametrize(
    "text",
    [
        "request", "/shops/0192f0c1-7a3e-7c45-9d10-3b8f2a6e5c71/orders",
        "4f1d2c3b5a69788796a5b4c3d2e1f001", hashlib.sha256(b"request").hexdigest(),
        "app.domains.payments.refunds.operations", "content policy violated", "t_00003", "",
        "a_very_long_name_of_a_function_in_our_code", "psycopg.errors.UniqueViolation: x",
        "key 5, code: 3", "https://connect.stripe.com/v1/accounts",
    ],
)  # fmt: skip
def test_what_explains_a_failure_stays(text):
    assert scrub(text) == text


def test_a_long_hostile_line_costs_no_more_than_its_length():
    """Going back over it for each of its places would take minutes, whatever the machine."""
    for text in ("a" * 200_000, "a@" * 100_000, "token=" * 30_000, "a.b" * 60_000 + "@"):
        began = time.thread_time()
        scrub(text)
        assert time.thread_time() - began < 10, text[:8]


def test_the_web_server_s_own_lines_are_scrubbed():
    stream, logger = io.StringIO(), logging.getLogger("tests.scrubbed")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    logger.propagate = False

    def fail():
        try:
            raise ValueError(f"cannot read {TOKEN}")
        except ValueError:
            logger.exception("Error handling request %s", f"/orders/{TOKEN}")

    fail()
    assert stream.getvalue().count(TOKEN) == 2, "the control: this is how it would be written"
    stream.truncate(0)
    logger.addFilter(ScrubbingFilter())
    fail()
    assert "Error handling request /orders/" in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_an_error_report_has_no_address_headers_or_cookies():
    event = {
        "request": {"method": "GET", "url": f"http://x/orders/{TOKEN}", "query_string": "code=abc",
                    "headers": {"Cookie": TOKEN}, "data": {"name": "Ada"}},
        "exception": {"values": [{"type": "ValueError", "value": f"bad {TOKEN}"}]},
        "breadcrumbs": {"values": [{"message": f"GET /orders/{TOKEN}"}]},
        "transaction": "orders.pay",
    }  # fmt: skip
    told = scrub_report(event)
    assert TOKEN not in str(told)
    assert told["request"] == {"method": "GET"}
    assert told["transaction"] == "orders.pay"
    assert told["exception"]["values"][0]["type"] == "ValueError"
