"""How kept objects are shown: lists embedded, ids expanded on demand, secrets kept from browsers."""

import copy
from typing import Any

from tests.simulators.stripe.errors import malformed
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.store import Store

_EMBEDDED = {"charge": ("refunds", "refund", "charge"),
             "transfer": ("reversals", "transfer_reversal", "transfer")}  # fmt: skip
_MOST_EMBEDDED = 10
_DEEPEST = 4
_FOR_BROWSERS = (
    "id object amount amount_details automatic_payment_methods canceled_at cancellation_reason"
    " capture_method client_secret confirmation_method created currency description"
    " last_payment_error livemode next_action payment_method payment_method_types processing"
    " receipt_email setup_future_usage shipping source status"
).split()


def render(store: Store, thing: Shape, expand: list[str] | None = None) -> Shape:
    """Return a copy to show. Raises StripeRefusal where a path cannot be expanded."""
    shown = _shown(store, thing)
    for path in expand or []:
        parts = path.split(".")
        if len(parts) > _DEEPEST + 1:
            raise malformed("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(store, shown, parts, path)
    return shown


def for_browser(intent: Shape) -> Shape:
    """Return what a publishable key may see of a payment: no metadata, no charge."""
    return {name: intent[name] for name in _FOR_BROWSERS}


def embedded_in(store: Store, thing: Shape) -> list[Shape]:
    """Return a charge's refunds or a transfer's reversals, newest first."""
    ids = store.noted(thing["id"]).get("embedded", [])
    return [store.objects[identifier] for identifier in reversed(ids)]


def embed(store: Store, thing: Shape, part: Shape) -> None:
    """Make a refund part of its charge, or a reversal part of its transfer."""
    store.note(thing["id"], embedded=[*store.noted(thing["id"]).get("embedded", []), part["id"]])


def _shown(store: Store, thing: Shape) -> Shape:
    shown = copy.deepcopy(thing)
    kind = str(shown.get("object"))
    if kind in _EMBEDDED:
        parts = [copy.deepcopy(part) for part in embedded_in(store, thing)]
        inner = shown[_EMBEDDED[kind][0]]
        inner["data"], inner["has_more"] = parts[:_MOST_EMBEDDED], len(parts) > _MOST_EMBEDDED
    elif kind in {"list", "search_result"}:
        shown["data"] = [_shown(store, item) for item in shown["data"]]
    return shown


def _expand(store: Store, thing: Any, parts: list[str], path: str) -> None:
    if isinstance(thing, list):
        for item in thing:
            _expand(store, item, parts, path)
        return
    if not parts or not isinstance(thing, dict):
        return
    name, rest = parts[0], parts[1:]
    if name not in thing:
        raise malformed(
            f"This property cannot be expanded ({path}). You may want to try expanding"
            " another property.",
            param="expand",
        )
    value = thing[name]
    if isinstance(value, str):
        if value not in store.objects:
            raise malformed(f"This property cannot be expanded ({path}).", param="expand")
        thing[name] = _shown(store, store.objects[value])
    _expand(store, thing[name], rest, path)
