"""Standard rates of value added tax by destination: the EU's member states and their exceptions.

Rates in force on 1 November 2026, from Council Directive 2006/112/EC and the states' own laws. A
destination outside these has no tax of ours: the buyer's own customs ask for it.
"""

import re
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Territory:
    """A part of a state with a rate of its own, known by its postcodes."""

    postcodes: re.Pattern[str]
    percent: Decimal


_STANDARD_PERCENT = {
    "AT": "20", "BE": "21", "BG": "20", "CY": "19", "CZ": "21", "DE": "19", "DK": "25", "EE": "24",
    "ES": "21", "FI": "25.5", "FR": "20", "GR": "24", "HR": "25", "HU": "27", "IE": "23", "IT": "22",
    "LT": "21", "LU": "17", "LV": "21", "MT": "18", "NL": "21", "PL": "23", "PT": "23", "RO": "21",
    "SE": "25", "SI": "22", "SK": "23",
}  # fmt: skip

_TERRITORIES = {
    "AT": (("6691|699[123]", "19"),),  # Jungholz, Mittelberg
    "DE": (("78266|27498", "0"),),  # Büsingen, Heligoland
    "ES": (("35[0-9]{3}|38[0-9]{3}|51[0-9]{3}|52[0-9]{3}", "0"),),  # Canaries, Ceuta, Melilla
    "FR": (("97[124][0-9]{2}", "8.5"), ("97[36][0-9]{2}", "0")),  # overseas departments
    "GR": (("63086", "0"),),  # Mount Athos
    "IT": (("22061|23041", "0"),),  # Campione, Livigno
    "PT": (("9[0-4][0-9]{2}.*", "22"), ("9[5-9][0-9]{2}.*", "16")),  # Madeira, the Azores
}

STANDARD = {country: Decimal(percent) for country, percent in _STANDARD_PERCENT.items()}
TERRITORIES = {
    country: tuple(Territory(re.compile(pattern), Decimal(percent)) for pattern, percent in parts)
    for country, parts in _TERRITORIES.items()
}


def tax_percent(country: str, postcode: str) -> Decimal:
    """Return the standard rate at a destination in percent; 0 where the EU's tax does not apply."""
    compact = re.sub(r"\s", "", postcode)
    for territory in TERRITORIES.get(country, ()):
        if territory.postcodes.fullmatch(compact):
            return territory.percent
    return STANDARD.get(country, Decimal(0))
