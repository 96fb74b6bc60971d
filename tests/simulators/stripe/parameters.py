"""Form-encoded parameters as Stripe nests them (a[b][c]=1, a[]=1, a[0]=1), and reading them."""

import re
from typing import Any

from tests.simulators.stripe.errors import malformed

Parameters = dict[str, Any]
LARGEST_AMOUNT = 99_999_999
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
_KEYS_OF_METADATA, _LENGTH_OF_KEY, _LENGTH_OF_VALUE = 50, 40, 500
_DEEPEST = 12


def unflatten(pairs: list[tuple[str, str]]) -> Parameters:
    """Nest flat names. Raises StripeRefusal where a name is not one, or stands for two things."""
    result: Parameters = {}
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        path = [match[1], *_PART.findall(match[2])] if match else []
        if not 0 < len(path) <= _DEEPEST:
            raise malformed(f"Invalid parameter name: {name}", param=name)
        _put(result, path, value, name)
    return {name: _lists(value) for name, value in result.items()}


def _put(target: Parameters, path: list[str], value: str, name: str) -> None:
    for part in path[:-1]:
        target = target.setdefault(part or str(len(target)), {})
        if not isinstance(target, dict):
            raise malformed(f"Invalid hash: {name}", param=name)
    target[path[-1] or str(len(target))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}


def refuse_unknown(params: Parameters, allowed: set[str]) -> None:
    """Refuse names that Stripe does not know, so that a misspelt one is found here."""
    unknown = sorted(set(params) - allowed - {"expand"})
    if unknown:
        raise malformed(
            f"Received unknown parameter{'s' * (len(unknown) > 1)}: {', '.join(unknown)}",
            code="parameter_unknown",
            param=unknown[0],
        )


def text(params: Parameters, name: str) -> str:
    """Return a parameter that must be there."""
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise malformed(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return value


def integer(params: Parameters, name: str) -> int:
    """Return a whole number that must be there."""
    if params.get(name) in (None, ""):
        raise malformed(f"Missing required param: {name}.", code="parameter_missing", param=name)
    try:
        return int(str(params[name]))
    except ValueError as error:
        raise malformed(
            f"Invalid integer: {params[name]}", code="parameter_invalid_integer", param=name
        ) from error


def amount(params: Parameters, name: str = "amount") -> int:
    """Return an amount in minor units, between 1 and 99999999."""
    value = integer(params, name)
    if value < 1:
        raise malformed(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=name,
        )
    if value > LARGEST_AMOUNT:
        raise malformed(
            "Amount must be no more than 99999999.", code="amount_too_large", param=name
        )
    return value


def boolean(params: Parameters, name: str) -> bool:
    """Return whether a parameter is true; absent is false."""
    value = params.get(name, "false")
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise malformed(f"Invalid boolean: {value}", param=name)


def choice(params: Parameters, name: str, allowed: set[str]) -> str | None:
    """Return one of several words, or None where the parameter is absent."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or value not in allowed:
        raise malformed(f"Invalid {name}: must be one of {', '.join(sorted(allowed))}", param=name)
    return value


def mapping(params: Parameters, name: str) -> Parameters:
    """Return a nested parameter, empty where it is absent."""
    value = params.get(name) or {}
    if not isinstance(value, dict):
        raise malformed("Invalid object", param=name)
    return value


def words(params: Parameters, name: str) -> list[str]:
    """Return a list of words, empty where it is absent."""
    value = params.get(name) or []
    return [str(word) for word in value] if isinstance(value, list) else [str(value)]


def metadata(params: Parameters, before: dict[str, str]) -> dict[str, str]:
    """Return metadata after a change: an empty value removes its key, an empty whole all."""
    if "metadata" not in params:
        return before
    if not params["metadata"]:
        return {}
    after = dict(before)
    for key, value in mapping(params, "metadata").items():
        if value in ("", None):
            after.pop(key, None)
        else:
            after[key] = str(value)
    _check_metadata(after)
    return after


def _check_metadata(data: dict[str, str]) -> None:
    if len(data) > _KEYS_OF_METADATA:
        raise malformed("Metadata can have up to 50 keys.", param="metadata")
    for key, value in data.items():
        if len(key) > _LENGTH_OF_KEY or len(value) > _LENGTH_OF_VALUE:
            raise malformed(
                "Metadata keys can have up to 40 characters and values up to 500.",
                param=f"metadata[{key}]",
            )
