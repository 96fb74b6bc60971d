"""Amounts in minor units, written for people."""

_NO_DECIMALS = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())
_THREE_DECIMALS = frozenset("bhd jod kwd omr tnd".split())


def written(amount: int, currency: str) -> str:
    """Return an amount with its currency: `1,234.50 EUR`."""
    places = 0 if currency in _NO_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    return f"{amount / 10**places:,.{places}f} {currency.upper()}"
