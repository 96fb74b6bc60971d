"""Lists and searches: filters, pages, and Stripe's query language as far as it is simple."""

import re
from collections.abc import Callable

from tests.simulators.stripe import parameters
from tests.simulators.stripe.errors import malformed
from tests.simulators.stripe.objects import Shape, listing

_MOST = 100
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}
_CLAUSE = re.compile(
    r"""(?P<minus>-?)(?:metadata\[(?P<quote>['"])(?P<key>[^'"]+)(?P=quote)\]|(?P<field>[a-z_]+))"""
    r"""\s*(?P<sign>:|>=|<=|>|<|=)\s*(?:(?P<mark>['"])(?P<text>[^'"]*)(?P=mark)|(?P<number>-?\d+)|(?P<null>null))"""
)
_JOINT = re.compile(r"\s+(?:(AND|OR)\s+)?")
_SIGNS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
PAGING = {"limit", "starting_after", "ending_before", "created"}


def page(data: list[Shape], params: Shape, url: str, filters: set[str]) -> Shape:
    """Return one page of objects that come newest first."""
    parameters.refuse_unknown(params, filters | PAGING)
    data = [thing for thing in data if _fits(thing, params, filters)]
    limit = _limit(params)
    if params.get("ending_before"):
        before = data[: _position(data, params, "ending_before")]
        return listing(before[-limit:], url, has_more=len(before) > limit)
    if params.get("starting_after"):
        data = data[_position(data, params, "starting_after") + 1 :]
    return listing(data[:limit], url, has_more=len(data) > limit)


def page_of_v2(data: list[Shape], params: Shape, path: str) -> Shape:
    """Return one page as v2 gives it: with the address of the next."""
    limit, start = _limit(params), int(params.get("page") or 0)
    after = start + limit
    more = f"{path}?limit={limit}&page={after}" if len(data) > after else None
    back = f"{path}?limit={limit}&page={max(start - limit, 0)}" if start else None
    return {"data": data[start:after], "next_page_url": more, "previous_page_url": back}


def search(data: list[Shape], params: Shape, url: str) -> Shape:
    """Return the objects that a query fits: clauses joined by AND, or by OR, never both."""
    parameters.refuse_unknown(params, {"query", "limit", "page"})
    query = parameters.text(params, "query")
    clauses, any_of = _clauses(query)
    found = [t for t in data if (any if any_of else all)(_holds(t, clause) for clause in clauses)]
    limit, start = _limit(params), int(params.get("page") or 0)
    after = start + limit
    has_more = len(found) > after
    return {
        "object": "search_result",
        "data": found[start:after],
        "has_more": has_more,
        "next_page": str(after) if has_more else None,
        "url": url,
    }


def _limit(params: Shape) -> int:
    limit = parameters.integer(params, "limit") if "limit" in params else 10
    if not 1 <= limit <= _MOST:
        raise malformed("limit must be between 1 and 100.", param="limit")
    return limit


def _position(data: list[Shape], params: Shape, name: str) -> int:
    for index, thing in enumerate(data):
        if thing["id"] == params[name]:
            return index
    raise malformed(f"No such object: '{params[name]}'", code="resource_missing", param=name)


def _fits(thing: Shape, params: Shape, filters: set[str]) -> bool:
    for name in filters & set(params):
        wanted = params[name]
        if name == "types":
            if thing["type"] not in wanted:
                return False
        elif name == "type" and str(wanted).endswith("*"):
            if not thing["type"].startswith(wanted[:-1]):
                return False
        elif thing.get(name) != wanted:
            return False
    return _is_in_time(thing, params.get("created"))


def _is_in_time(thing: Shape, created: object) -> bool:
    if created is None:
        return True
    if not isinstance(created, dict):
        return bool(thing["created"] == int(str(created)))
    unknown = set(created) - set(_COMPARE)
    if unknown:
        raise malformed(f"Received unknown parameter: created[{min(unknown)}]", param="created")
    return all(_COMPARE[name](thing["created"], int(at)) for name, at in created.items())


def _clauses(query: str) -> tuple[list[re.Match[str]], bool]:
    clauses, joints, position, query = [], set(), 0, query.strip()
    while clause := _CLAUSE.match(query, position):
        clauses.append(clause)
        joint = _JOINT.match(query, clause.end())
        if joint is None:
            position = clause.end()
            break
        joints.add(joint[1] or "AND")
        position = joint.end()
    if not clauses or position != len(query) or len(joints) > 1:
        raise malformed(
            "We were unable to parse your search query. Try using the format"
            " \"metadata['key']:'value'\" to query for metadata or key:'value' for other fields.",
            param="query",
        )
    return clauses, joints == {"OR"}


def _holds(thing: Shape, clause: re.Match[str]) -> bool:
    source = thing.get("metadata") or {}
    actual = source.get(clause["key"]) if clause["key"] else thing.get(clause["field"])
    return _compare(actual, clause) != bool(clause["minus"])


def _compare(actual: object, clause: re.Match[str]) -> bool:
    if clause["null"]:
        return actual in (None, "")
    if clause["sign"] in _SIGNS:
        wanted = clause["text"] or clause["number"]
        return isinstance(actual, int) and _COMPARE[_SIGNS[clause["sign"]]](actual, int(wanted))
    if clause["number"] is not None:
        return actual == int(clause["number"])
    return str(actual or "").lower() == clause["text"].lower()
