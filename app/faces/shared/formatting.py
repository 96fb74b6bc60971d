"""How values are written for people, by language: money, dates, numbers."""

import math
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from babel.core import Locale
from babel.dates import (
    DateTimePattern,
    format_date,
    format_time,
    format_timedelta,
    get_date_format,
    get_datetime_format,
    get_time_format,
    parse_pattern,
)
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask
from markupsafe import Markup

from app.domains.accounts.addresses.rules import address_lines
from app.faces.shared.languages import current_language
from app.foundation.money import Money

MINUTE = 60
"""In seconds."""
_Detail = Literal["short", "medium"]
_HYPHEN, _MINUS = "-", "\u2212"
AMOUNTS_KEPT = 4096
"""A shop's pages write the same few prices again and again; writing one costs 30 µs."""


def money(value: Money) -> str:
    """Write an amount with its currency: €42.99, 42,99 €; a minus is a minus."""
    return _amount(value, current_language())


@lru_cache(AMOUNTS_KEPT)
def _amount(value: Money, language: str) -> str:
    text = format_currency(value.to_decimal(), value.currency, locale=language)
    return text.replace(_HYPHEN, _MINUS)


def number(value: Decimal | float) -> str:
    """Write a number."""
    return format_decimal(value, locale=current_language()).replace(_HYPHEN, _MINUS)


def percent(value: Decimal) -> str:
    """Write a rate given in percent: 25.5 becomes 25.5%, 25,5 % in German."""
    return format_percent(value / 100, locale=current_language(), decimal_quantization=False)


def date(value: datetime) -> str:
    """Write a day out: 21 November 2026."""
    return format_date(value, format="long", locale=current_language())


def moment(value: datetime) -> str:
    """Write a day and a time to the minute, in UTC."""
    return _write_moment(value, current_language(), "short")


def instant(value: datetime) -> str:
    """Write a day and a time to the second, in UTC: for the log."""
    return _write_moment(value, current_language(), "medium")


def _write_moment(value: datetime, language: str, detail: _Detail) -> str:
    locale, pattern = _moment_pattern(language, detail)
    return pattern.apply(value, locale)


@lru_cache
def _moment_pattern(language: str, detail: _Detail) -> tuple[Locale, DateTimePattern]:
    """Return how a language writes a moment; an export writes thousands, a log page hundreds.

    babel's format_datetime puts this together again for each moment, which costs most of its time.
    """
    locale = Locale.parse(language)
    joined = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    joined = joined.replace("{0}", get_time_format(detail, locale=locale).pattern)
    joined = joined.replace("{1}", get_date_format("medium", locale=locale).pattern)
    return locale, parse_pattern(joined)


def minute(value: datetime) -> str:
    """Write a day out with a time to the minute, in UTC, for letters: what a person acts by."""
    return f"{date(value)}, {format_time(value, format='short', locale=current_language())}"


def write_address(address: dict[str, str]) -> list[str]:
    """Return an address line by line, its country in the page's language; none where it was erased."""
    lines = address_lines(address)
    return [*lines[:-1], country(address["country_code"]).upper()] if lines else []


def whole(text: str) -> Markup:
    """Write what must not break at the end of a line: a number with a hyphen in it."""
    return Markup('<span class="whole">{}</span>').format(text)


def colon(label: str) -> str:
    """Write what stands before a value, with its colon; French sets one apart."""
    return f"{label}\N{NO-BREAK SPACE}:" if current_language() == "fr" else f"{label}:"


def country(code: str) -> str:
    """Write a country's name; a code that has none stays as it is."""
    return str(Locale.parse(current_language()).territories.get(code, code))


def span(seconds: int) -> str:
    """Write how long a person waits, never less than it is: 45 seconds, 13 minutes."""
    rounded = seconds if seconds < MINUTE else math.ceil(seconds / MINUTE) * MINUTE
    return format_timedelta(timedelta(seconds=rounded), threshold=1, locale=current_language())


def install_filters(app: Flask) -> None:
    """Make the formats available to templates."""
    app.jinja_env.filters.update(
        money=money, number=number, percent=percent, date=date, moment=moment, instant=instant,
        country=country, colon=colon, whole=whole, write_address=write_address,
    )  # fmt: skip
