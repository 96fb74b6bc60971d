"""`/_control/…`: what a test or a demo tells the stand-in, and asks it, in JSON."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, jsonify, request

from tests.simulators.stripe.accounts import KIND as ACCOUNT
from tests.simulators.stripe.errors import StripeRefusal

if TYPE_CHECKING:
    from tests.simulators.stripe.server import StripeStandIn

_SETTINGS = {
    "webhook_url": "url",
    "webhook_secret": "secret",
    "connect_webhook_url": "connect_url",
    "connect_webhook_secret": "connect_secret",
    "webhook_attempts": "attempts",
    "webhook_first_wait_seconds": "first_wait_seconds",
}
_OF_INTENTS = (
    "id status amount amount_capturable amount_received currency latest_charge metadata"
    " transfer_group created"
).split()
_OF_REFUNDS = "id status amount currency charge payment_intent metadata".split()
_OF_TRANSFERS = (
    "id amount amount_reversed currency destination source_transaction transfer_group metadata"
).split()


class Control:
    """The endpoints of the control API. Pages of other sites may not call it."""

    def __init__(self, stand_in: "StripeStandIn", app: Flask) -> None:
        self._stand_in, self._app = stand_in, app

    def install(self) -> None:
        """Add the endpoints."""
        add = self._app.add_url_rule
        self._app.before_request(refuse_other_sites)
        add("/_control/configure", view_func=self.configure, methods=["POST"])
        add("/_control/faults", view_func=self.plan, methods=["POST"])
        add("/_control/faults", view_func=self.planned, methods=["GET"])
        add("/_control/faults", view_func=self.reset, methods=["DELETE"], endpoint="forget")
        add("/_control/reset", view_func=self.reset, methods=["POST"])
        add("/_control/advance", view_func=self.advance, methods=["POST"])
        add("/_control/deliveries", view_func=self.deliveries)
        add("/_control/redeliver", view_func=self.redeliver, methods=["POST"])
        add("/_control/state", view_func=self.state)
        add("/_control/top_up", view_func=self.top_up, methods=["POST"])
        add("/_control/accounts/<i>", view_func=self.set_status, methods=["POST"])
        add("/_control/accounts/<i>/withdraw", view_func=self.withdraw, methods=["POST"])
        self._app.register_error_handler(StripeRefusal, _refused)

    def configure(self) -> Response:
        """Set where webhooks go, with which secrets, and how often they are tried."""
        for name, value in _body().items():
            if name not in _SETTINGS:
                abort(_bad(f"There is no setting {name!r}; there are {', '.join(_SETTINGS)}."))
            setattr(self._stand_in.sender, _SETTINGS[name], value)
        return jsonify(ok=True)

    def plan(self) -> Response:
        """Plan a fault, or several."""
        wanted = request.get_json()
        try:
            for facts in wanted if isinstance(wanted, list) else [wanted]:
                self._stand_in.faults.plan(**facts)
        except (TypeError, ValueError) as error:
            abort(_bad(str(error)))
        return self.planned()

    def planned(self) -> Response:
        """List the faults and how often each may still strike."""
        facts = [vars(fault).copy() for fault in self._stand_in.faults.planned]
        for fact in facts:
            del fact["dice"]
        return jsonify(faults=facts)

    def reset(self) -> Response:
        """Forget the faults; what happened stays."""
        self._stand_in.faults.reset()
        return jsonify(ok=True)

    def advance(self) -> Response:
        """Move the stand-in's time, and let everything happen that became due."""
        store = self._stand_in.store
        with store.transaction():
            store.advance(int(_body().get("seconds", 0)))
            self._stand_in.catch_up()
            return jsonify(now=store.now)

    def deliveries(self) -> Response:
        """List what was sent, oldest first; `?event=` and `?type=` choose."""
        wanted = {"id": request.args.get("event"), "type": request.args.get("type")}
        found = [
            delivery
            for delivery in list(self._stand_in.sender.deliveries)
            if all(value in (None, delivery[name]) for name, value in wanted.items())
        ]
        return jsonify(deliveries=found)

    def redeliver(self) -> Response:
        """Send events again, by their ids."""
        ids = _body().get("events", [])
        store = self._stand_in.store
        with store.lock:
            events = [store.objects.get(str(identifier)) for identifier in ids]
        if not events or any(e is None or "type" not in e for e in events):
            abort(_bad('Name the events by their ids: {"events": ["evt_…"]}.'))
        for event in events:
            self._stand_in.sender.send(event or {}, is_faultless=True)
        return jsonify(sent=len(events))

    def state(self) -> Response:
        """Summarise all money, for those who check invariants."""
        with self._stand_in.store.lock:
            self._stand_in.catch_up()
            return jsonify(summary(self._stand_in))

    def top_up(self) -> Response:
        """Put money into the platform's available balance."""
        facts = _body()
        with self._stand_in.store.transaction():
            made = self._stand_in.balance.record(
                "topup", int(facts["amount"]), source="", currency=facts.get("currency", "eur")
            )
        return jsonify(made)

    def set_status(self, i: str) -> Response:
        """Make an account `active` or `restricted` without its hosted page."""
        rules = self._stand_in.accounts
        with self._stand_in.store.transaction():
            rules.set_status(rules.get(i), _body().get("status", "active"))
            return jsonify(rules.read_v1(i))

    def withdraw(self, i: str) -> Response:
        """Pay out of a connected account's available balance: a reversal may then fall short."""
        facts = _body()
        currency, amount = facts.get("currency", "eur"), int(facts["amount"])
        with self._stand_in.store.transaction():
            self._stand_in.accounts.get(i)
            made = self._stand_in.balance.record(
                "payout", -amount, source="", currency=currency, account=i
            )
        return jsonify(made)


def summary(stand_in: "StripeStandIn") -> dict[str, Any]:
    """Return all payments, refunds, transfers and balances, and sums by status."""
    store = stand_in.store
    intents = store.of_kind("payment_intent")
    by_status: defaultdict[str, dict[str, int]] = defaultdict(lambda: {"count": 0, "amount": 0})
    for intent in intents:
        by_status[intent["status"]]["count"] += 1
        by_status[intent["status"]]["amount"] += intent["amount"]
    return {
        "now": store.now,
        "payment_intents": {
            "by_status": by_status,
            "data": [_pick(intent, _OF_INTENTS) for intent in intents],
        },
        "refunds": [
            _pick(refund, _OF_REFUNDS)
            for refund in store.of_kind("refund")
            if not store.noted(refund["id"]).get("is_release")
        ],
        "transfers": [_pick(transfer, _OF_TRANSFERS) for transfer in store.of_kind("transfer")],
        "balance": stand_in.balance.read(),
        "accounts": {a["id"]: stand_in.balance.read(a["id"]) for a in store.of_kind(ACCOUNT)},
        "events": len(store.of_kind("event")) + len(store.of_kind("v2.core.event")),
    }


def refuse_other_sites() -> Response | None:
    """Keep other sites' pages from steering the stand-in of a person who looks at both."""
    is_own = request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
    if is_own or request.method in ("GET", "HEAD", "OPTIONS") or request.path.startswith("/v1/"):
        return None
    return _bad("Other sites may not do this.", 403)


def _pick(thing: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: thing[name] for name in names}


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(_bad("Send a JSON object."))
    return body


def _bad(message: str, status: int = 400) -> Response:
    response = jsonify(error=message)
    response.status_code = status
    return response


def _refused(refusal: StripeRefusal) -> Response:
    response = jsonify(refusal.body)
    response.status_code = refusal.status
    return response
