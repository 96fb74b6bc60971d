"""How values are written for people, by language: money, dates, numbers."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from babel.core import Locale
from babel.dates import (
    DateTimePattern,
    format_date,
    format_time,
    get_date_format,
    get_datetime_format,
    get_time_format,
    parse_pattern,
)
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask

from app.faces.shared.languages import current_language
from app.foundation.money import Money

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
    """Write a rate given in percent: 25.5 becomes 25.5%."""
    return format_percent(value / 100, format="#,##0.##%", locale=current_language())


def date(value: datetime) -> str:
    """Write a day out: 21 November 2026."""
    return format_date(value, format="long", locale=current_language())


def moment(value: datetime) -> str:
    """Write a day and a time, in UTC."""
    return _write_moment(value, current_language())


def _write_moment(value: datetime, language: str) -> str:
    locale, pattern = _moment_pattern(language)
    return pattern.apply(value, locale)


@lru_cache
def _moment_pattern(language: str) -> tuple[Locale, DateTimePattern]:
    """Return how a language writes a moment; an export writes thousands, a log page hundreds.

    babel's format_datetime puts this together again for each moment, which costs most of its time.
    """
    locale = Locale.parse(language)
    joined = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    for place, part in (("{0}", get_time_format), ("{1}", get_date_format)):
        joined = joined.replace(place, part("medium", locale=locale).pattern)
    return locale, parse_pattern(joined)


def minute(value: datetime) -> str:
    """Write a day out with a time to the minute, in UTC, for letters: what a person acts by."""
    return f"{date(value)}, {format_time(value, format='short', locale=current_language())}"


def country(code: str) -> str:
    """Write a country's name; a code that has none stays as it is."""
    return str(Locale.parse(current_language()).territories.get(code, code))


def install_filters(app: Flask) -> None:
    """Make the formats available to templates."""
    app.jinja_env.filters.update(
        money=money, number=number, percent=percent, date=date, moment=moment, country=country
    )
