"""The endpoints of Stripe's API that the stand-in knows."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from tests.simulators.stripe import accounts, listing, methods, payments, refunds, transfers
from tests.simulators.stripe.errors import invalid, missing
from tests.simulators.stripe.gate import Call, Gate, Route, respond
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.rendering import embedded_in

if TYPE_CHECKING:
    from tests.simulators.stripe.server import StripeStandIn

_LISTED = {
    "payment_intents": ("payment_intent", {"customer"}),
    "charges": ("charge", {"customer", "payment_intent", "transfer_group"}),
    "refunds": ("refund", {"charge", "payment_intent"}),
    "transfers": ("transfer", {"destination", "transfer_group"}),
    "customers": ("customer", {"email"}),
    "payment_methods": ("payment_method", {"customer", "type"}),
    "events": ("event", {"type", "types", "delivery_success"}),
}
_SEARCHABLE = ("payment_intents", "charges", "customers")


class Api:
    """Tells Flask every endpoint, with its parameters, and what it does."""

    def __init__(self, stand_in: "StripeStandIn", app: Flask) -> None:
        self._stand_in, self._app = stand_in, app
        self._store = stand_in.store
        self._gate = Gate(stand_in)

    def install(self) -> None:
        """Add the endpoints."""
        for plural, (kind, filters) in _LISTED.items():
            self._list(plural, kind, filters)
        for plural in _SEARCHABLE:
            self._search(plural, _LISTED[plural][0])
        self._payment_intents()
        self._payment_methods()
        self._customers()
        self._charges_and_refunds()
        self._transfers()
        self._balance()
        self._accounts()
        self._events_of_v2()
        self._app.add_url_rule("/v1/<path:rest>", "preflight", _preflight, methods=["OPTIONS"])
        for version in ("v1", "v2"):
            self._app.add_url_rule(
                f"/{version}/<path:rest>",
                f"unknown-{version}",
                _unknown,
                methods=["GET", "POST", "DELETE"],
            )

    def _add(
        self,
        method: str,
        path: str,
        handler: Callable[..., Shape],
        allowed: set[str] | None = None,
        *,
        is_for_browsers: bool = False,
        is_for_accounts: bool = False,
    ) -> None:
        route = Route(handler, allowed, is_for_browsers, is_for_accounts)

        def view(**ids: str) -> Response:
            return self._gate.answer(route, ids)

        self._app.add_url_rule(
            path, f"{method} {path}", view, methods=[method], provide_automatic_options=False
        )

    def _list(self, plural: str, kind: str, filters: set[str]) -> None:
        def page(call: Call) -> Shape:
            data = [t for t in self._store.of_kind(kind) if not self._owner(t)]
            return listing.page(data, call.params, f"/v1/{plural}", filters)

        self._add("GET", f"/v1/{plural}", page)

    def _search(self, plural: str, kind: str) -> None:
        def search(call: Call) -> Shape:
            data = [t for t in self._store.of_kind(kind) if not self._owner(t)]
            if lag := self._stand_in.faults.take(request.path, "search_lag", method="GET"):
                newest = self._store.now - lag.seconds
                data = [thing for thing in data if thing["created"] <= newest]
            return listing.search(data, call.params, f"/v1/{plural}/search")

        self._add("GET", f"/v1/{plural}/search", search)

    def _owner(self, thing: Shape) -> str:
        """Return the connected account that an object belongs to, or "" for the platform."""
        return str(self._store.noted(thing["id"]).get("account", ""))

    def _reader(self, kind: str) -> Callable[..., Shape]:
        return lambda call, i: self._store.get(kind, i)

    def _payment_intents(self) -> None:
        rules, path = self._stand_in.payments, "/v1/payment_intents"

        def create(call: Call) -> Shape:
            if call.params.get("confirm") == "true" and "payment_method_types" not in call.params:
                given = call.params.get("automatic_payment_methods") or {}
                redirects = given.get("allow_redirects", "always")
                rules.check_return_url({"allow_redirects": redirects}, call.params)
            return rules.create(call.params)

        def confirm(call: Call, i: str) -> Shape:
            intent = self._intent(call, i)
            rules.check_return_url(intent["automatic_payment_methods"] or {}, call.params)
            return rules.confirm(intent, call.params, is_browser=call.is_browser)

        def change(act: Callable[[Shape, Shape], Shape]) -> Callable[..., Shape]:
            return lambda call, i: act(self._intent(call, i), call.params)

        self._add("POST", path, create, payments.CREATABLE)
        self._add("GET", f"{path}/<i>", self._intent, {"client_secret"}, is_for_browsers=True)
        self._add("POST", f"{path}/<i>", change(rules.update), payments.CHANGEABLE)
        confirmable = payments.CONFIRMABLE | {"client_secret"}
        self._add("POST", f"{path}/<i>/confirm", confirm, confirmable, is_for_browsers=True)
        capturable = {"amount_to_capture", "final_capture", "metadata", "statement_descriptor",
                      "statement_descriptor_suffix", "transfer_data"}  # fmt: skip
        self._add("POST", f"{path}/<i>/capture", change(rules.capture), capturable)
        self._add("POST", f"{path}/<i>/cancel", change(rules.cancel), {"cancellation_reason"})

    def _intent(self, call: Call, i: str) -> Shape:
        """Return a PaymentIntent; a browser must know its secret."""
        intent = self._store.get("payment_intent", i, param="intent")
        secret = call.params.get("client_secret")
        if (call.is_browser or secret) and secret != intent["client_secret"]:
            raise missing("payment_intent", i, param="intent")
        return intent

    def _payment_methods(self) -> None:
        rules, path = self._stand_in.methods, "/v1/payment_methods"
        fields = {"type", "billing_details", "card", "ideal", "metadata", "allow_redisplay"}

        def create(call: Call) -> Shape:
            return rules.create(call.params, is_browser=call.is_browser)

        def attach(call: Call, i: str) -> Shape:
            return rules.attach(rules.find(i), str(call.params.get("customer", "")))

        self._add("POST", path, create, fields, is_for_browsers=True)
        self._add("GET", f"{path}/<i>", lambda call, i: rules.find(i), set())
        self._add("POST", f"{path}/<i>/attach", attach, {"customer"})
        self._add("POST", f"{path}/<i>/detach", lambda call, i: rules.detach(rules.find(i)), set())

    def _customers(self) -> None:
        rules, path, fields = self._stand_in.customers, "/v1/customers", methods.CUSTOMER_FIELDS
        read = self._reader("customer")

        def find(call: Call, i: str) -> Shape:
            known = self._store.objects.get(i, {})
            if known.get("object") == "deleted_customer":
                return {"id": i, "object": "customer", "deleted": True}
            return read(call, i)

        def of_customer(call: Call, i: str) -> Shape:
            data = [m for m in self._store.of_kind("payment_method") if m["customer"] == i]
            return listing.page(data, call.params, f"{path}/{i}/payment_methods", {"type"})

        self._add("POST", path, lambda call: rules.create(call.params), fields)
        self._add("GET", f"{path}/<i>", find, set())
        self._add("DELETE", f"{path}/<i>", lambda call, i: rules.delete(read(call, i)), set())
        self._add(
            "POST", f"{path}/<i>", lambda call, i: rules.update(read(call, i), call.params), fields
        )
        self._add("GET", f"{path}/<i>/payment_methods", of_customer)

    def _charges_and_refunds(self) -> None:
        rules = self._stand_in.refunds

        def charge(call: Call, i: str) -> Shape:
            found = self._store.get("charge", i, param="charge")
            if self._owner(found) != call.account:
                raise missing("charge", i, param="charge")
            return found

        def refunds_of(call: Call, i: str) -> Shape:
            data = embedded_in(self._store, charge(call, i))
            return listing.page(data, call.params, f"/v1/charges/{i}/refunds", set())

        def update(call: Call, i: str) -> Shape:
            return rules.update(self._store.get("refund", i), call.params)

        self._add("GET", "/v1/charges/<i>", charge, set(), is_for_accounts=True)
        self._add("GET", "/v1/charges/<i>/refunds", refunds_of)
        self._add("POST", "/v1/refunds", lambda call: rules.create(call.params), refunds.FIELDS)
        self._add("GET", "/v1/refunds/<i>", self._reader("refund"), set())
        self._add("POST", "/v1/refunds/<i>", update, {"metadata"})

    def _transfers(self) -> None:
        rules, path = self._stand_in.transfers, "/v1/transfers"
        read = self._reader("transfer")

        def reverse(call: Call, i: str) -> Shape:
            return rules.reverse(read(call, i), call.params)

        def reversals_of(call: Call, i: str) -> Shape:
            data = embedded_in(self._store, read(call, i))
            return listing.page(data, call.params, f"{path}/{i}/reversals", set())

        def reversal(call: Call, i: str, j: str) -> Shape:
            found = self._store.get("transfer_reversal", j)
            if found["transfer"] != i:
                raise missing("transfer_reversal", j)
            return found

        def update(call: Call, i: str) -> Shape:
            return rules.update(read(call, i), call.params)

        fields = {"amount", "description", "metadata", "refund_application_fee"}
        self._add("POST", path, lambda call: rules.create(call.params), transfers.FIELDS)
        self._add("GET", f"{path}/<i>", read, set())
        self._add("POST", f"{path}/<i>", update, {"description", "metadata"})
        self._add("POST", f"{path}/<i>/reversals", reverse, fields)
        self._add("GET", f"{path}/<i>/reversals", reversals_of)
        self._add("GET", f"{path}/<i>/reversals/<j>", reversal, set())

    def _balance(self) -> None:
        balance, path = self._stand_in.balance, "/v1/balance_transactions"

        def movements(call: Call) -> Shape:
            data = balance.movements(call.account)
            return listing.page(data, call.params, path, {"currency", "source", "type"})

        def movement(call: Call, i: str) -> Shape:
            found = self._store.get("balance_transaction", i)
            if self._owner(found) != call.account:
                raise missing("balance_transaction", i)
            return found

        self._add(
            "GET", "/v1/balance", lambda call: balance.read(call.account), set(),
            is_for_accounts=True,
        )  # fmt: skip
        self._add("GET", path, movements, is_for_accounts=True)
        self._add("GET", f"{path}/<i>", movement, set(), is_for_accounts=True)

    def _accounts(self) -> None:
        rules, fields = self._stand_in.accounts, accounts.FIELDS
        v2 = "/v2/core/accounts"

        def page(call: Call) -> Shape:
            return listing.page_of_v2(self._store.of_kind(accounts.KIND), call.params, v2)

        def page_of_v1(call: Call) -> Shape:
            data = [rules.read_v1(a["id"]) for a in self._store.of_kind(accounts.KIND)]
            return listing.page(data, call.params, "/v1/accounts", set())

        def own(call: Call) -> Shape:
            if not call.account:
                raise invalid("The stand-in does not play the platform's own account.", status=404)
            return rules.read_v1(call.account)

        def update(call: Call, i: str) -> Shape:
            return rules.update(rules.get(i), call.params)

        links = {"account", "use_case"}
        links_of_v1 = {"account", "collect", "collection_options", "refresh_url", "return_url",
                       "type"}  # fmt: skip
        self._add("POST", v2, lambda call: rules.create(call.params), fields)
        self._add("GET", v2, page, {"applied_configurations", "closed", "limit", "page"})
        self._add("GET", f"{v2}/<i>", lambda call, i: rules.read(i, call.params), {"include"})
        self._add("POST", f"{v2}/<i>", update, fields)
        self._add("POST", "/v2/core/account_links", lambda call: rules.link(call.params), links)
        self._add("POST", "/v1/account_links", lambda call: rules.link_v1(call.params), links_of_v1)
        self._add("GET", "/v1/account", own, set(), is_for_accounts=True)
        self._add("GET", "/v1/accounts", page_of_v1)
        self._add("GET", "/v1/accounts/<i>", lambda call, i: rules.read_v1(i), set())

    def _events_of_v2(self) -> None:
        path, kind = "/v2/core/events", "v2.core.event"

        def page(call: Call) -> Shape:
            of = call.params.get("object_id")
            data = [
                event
                for event in self._store.of_kind(kind)
                if of in (None, event["related_object"]["id"])
            ]
            return listing.page_of_v2(data, call.params, path)

        self._add("GET", "/v1/events/<i>", self._reader("event"), set())
        self._add("GET", f"{path}/<i>", self._reader(kind), set())
        self._add("GET", path, page, {"object_id", "limit", "page", "types", "created"})


def _preflight(rest: str) -> Response:
    return respond(204, None, {})


def _unknown(rest: str) -> Response:
    body = invalid(f"Unrecognized request URL ({request.method}: {request.path}).").body
    return respond(404, body, {})
