"""Form-encoded parameters as Stripe nests them: a[b][c]=1, a[]=1, a[0]=1."""

import re
from typing import Any

_PART = re.compile(r"\[([^\]]*)\]")


def unflatten(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        head, _, rest = name.partition("[")
        path = [head, *_PART.findall("[" + rest)] if rest else [head]
        _put(result, path, value)
    return _lists(result)


def _put(target: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        target = target.setdefault(part if part else str(len(target)), {})
    last = path[-1] if path[-1] else str(len(target))
    target[last] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}
