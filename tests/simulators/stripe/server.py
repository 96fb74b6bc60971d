"""The HTTP side: Stripe's API, its pages for buyers and merchants, and the control of the test."""

import json
import logging
import re
import threading
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, redirect, render_template, request, send_from_directory
from werkzeug.serving import make_server

from tests.simulators.stripe import objects
from tests.simulators.stripe.errors import StripeRefusal, invalid, missing
from tests.simulators.stripe.faults import Fault, Faults, hold
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.parameters import unflatten
from tests.simulators.stripe.payments import Payments
from tests.simulators.stripe.store import Store
from tests.simulators.stripe.webhooks import Sender

_EXPANDABLE = {
    "latest_charge": "charge",
    "balance_transaction": "balance_transaction",
    "charge": "charge",
    "payment_intent": "payment_intent",
}
SENSITIVE = {"key", "client_secret", "expand"}


class StripeStandIn:
    """The stand-in, to be started in a thread by tests or as a process by the demo."""

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        state: Path | None = None,
        webhook_url: str = "",
        webhook_secret: str = "",
        connect_webhook_secret: str = "",
        public_url: str = "",
    ) -> None:
        self.store, self.faults = Store(state), Faults()
        self.sender = Sender(webhook_url, webhook_secret, connect_webhook_secret)
        self._in_flight: set[str] = set()
        self.app = self._make_app()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server(host, port, self.app, threaded=True)
        self.url = f"http://{host}:{self._server.server_port}"
        self.public_url = public_url or self.url
        self.payments = Payments(self.store, self.emit, self.public_url)

    def start(self) -> "StripeStandIn":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def serve(self) -> None:
        self._server.serve_forever()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> "StripeStandIn":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def emit(self, kind: str, thing: Shape) -> None:
        event = objects.event(kind, json.loads(json.dumps(thing)), self.store.now)
        self.store.keep(event)
        self.sender.send(event)

    def _make_app(self) -> Flask:
        app = Flask(__name__, static_folder=None)
        app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
        _Routes(self, app).install()
        return app

    def answer(self, work: Any) -> Response:
        """Do an API call with Stripe's idempotency rules, and whatever fault is planned."""
        fault = self.faults.take(request.path, {"delay", "refuse_429", "refuse_500"})
        if fault and fault.kind == "delay":
            hold(fault.seconds)
        if fault and fault.kind.startswith("refuse_"):
            status = int(fault.kind.removeprefix("refuse_"))
            kind = "rate_limit_error" if status == 429 else "api_error"
            return _respond(status, {"error": {"type": kind, "message": "A planned fault."}})
        status, body, is_replay = self._idempotent(work)
        late = self.faults.take(request.path, {"timeout_after_success"})
        if late:
            hold(late.seconds)
        response = _respond(status, body)
        if is_replay:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    def _idempotent(self, work: Any) -> tuple[int, Any, bool]:
        key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
        fingerprint = f"{request.path}?{sorted((request.get_json(silent=True) or request.form.to_dict(flat=False)).items())}"
        with self.store.lock:
            kept = self.store.answers.get(key) if key else None
            if kept and kept["fingerprint"] != fingerprint:
                return (
                    400,
                    {
                        "error": {
                            "type": "idempotency_error",
                            "message": "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                        }
                    },
                    False,
                )
            if kept:
                return kept["status"], kept["body"], True
            if key and key in self._in_flight:
                return (
                    409,
                    {
                        "error": {
                            "type": "idempotency_error",
                            "code": "idempotency_key_in_use",
                            "message": "There is currently another in-progress request using this key.",
                        }
                    },
                    False,
                )
            self._in_flight.add(key)
            try:
                status, body = self._work(work)
            finally:
                self._in_flight.discard(key)
            body = json.loads(json.dumps(body))
            if key:
                self.store.keep_answer(
                    key, {"fingerprint": fingerprint, "status": status, "body": body}
                )
            return status, body, False

    def _work(self, work: Any) -> tuple[int, Any]:
        try:
            return 200, self._expanded(work(self.parameters()))
        except StripeRefusal as refusal:
            return refusal.status, refusal.body

    @staticmethod
    def parameters() -> Shape:
        if request.is_json:
            return request.get_json() or {}
        source = request.form if request.method == "POST" else request.args
        return unflatten([(name, value) for name, values in source.lists() for value in values])

    def _expanded(self, thing: Any) -> Any:
        wanted = self.parameters().get("expand") or []
        result = json.loads(json.dumps(thing))
        for path in wanted:
            self._expand(result, path.split("."))
        return result

    def _expand(self, thing: Any, path: list[str]) -> None:
        if not path or not isinstance(thing, dict):
            return
        name, rest = path[0], path[1:]
        if name == "data":
            data = thing.get("data", [])
            for index, item in enumerate(data):
                if isinstance(item, str):
                    data[index] = json.loads(json.dumps(self.store.objects[item]))
                self._expand(data[index], rest)
            return
        value = thing.get(name)
        if isinstance(value, str) and value in self.store.objects:
            thing[name] = json.loads(json.dumps(self.store.objects[value]))
        self._expand(thing.get(name), rest)


def _respond(status: int, body: Any) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Request-Id"] = objects.new_id("req")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


class _Routes:
    def __init__(self, stand_in: StripeStandIn, app: Flask) -> None:
        self.stand_in, self.app = stand_in, app

    def install(self) -> None:
        self._intents()
        self._money()
        self._accounts()
        self._lists()
        self._browser()
        self._control()

    def _api(self, path: str, methods: tuple[str, ...], work: Any, name: str) -> None:
        def view(**values: str) -> Response:
            return self.stand_in.answer(lambda params: work(params, **values))

        self.app.add_url_rule(path, f"{name}:{path}", view, methods=list(methods))

    def _intents(self) -> None:
        s, store = self.stand_in, self.stand_in.store

        def found(identifier: str) -> Shape:
            intent = store.get("payment_intent", identifier)
            s.payments.expire(intent)
            return intent

        self._api("/v1/payment_intents", ("POST",), lambda p: s.payments.create(p), "create")
        self._api("/v1/payment_intents/<i>", ("GET",), lambda p, i: found(i), "get")
        self._api(
            "/v1/payment_intents/<i>/confirm",
            ("POST",),
            lambda p, i: s.payments.confirm(found(i), p),
            "confirm",
        )
        self._api(
            "/v1/payment_intents/<i>/capture",
            ("POST",),
            lambda p, i: s.payments.capture(found(i), p),
            "capture",
        )
        self._api(
            "/v1/payment_intents/<i>/cancel",
            ("POST",),
            lambda p, i: s.payments.cancel(found(i), p),
            "cancel",
        )

        def search(params: Shape) -> Shape:
            match = re.fullmatch(r"metadata\['(\w+)'\]:'([^']*)'", params.get("query", ""))
            if not match:
                raise invalid("The query could not be read.", param="query")
            data = [
                i
                for i in store.of_kind("payment_intent")
                if i["metadata"].get(match[1]) == match[2]
            ]
            return {
                "object": "search_result",
                "data": data,
                "has_more": False,
                "url": "/v1/payment_intents/search",
                "next_page": None,
            }

        self._api("/v1/payment_intents/search", ("GET",), search, "search")

    def _money(self) -> None:
        s, store = self.stand_in, self.stand_in.store
        self._api("/v1/refunds", ("POST",), lambda p: s.payments.refund(p), "refund")
        self._api("/v1/transfers", ("POST",), lambda p: s.payments.transfer(p), "transfer")
        self._api(
            "/v1/transfers/<i>/reversals",
            ("POST",),
            lambda p, i: s.payments.reverse(store.get("transfer", i), p),
            "reverse",
        )

        def balance(_: Shape) -> Shape:
            currencies = sorted({t["currency"] for t in store.of_kind("balance_transaction")}) or [
                "eur"
            ]

            def part(name: str) -> list[Shape]:
                return [
                    {
                        "amount": (a := s.payments.balance(c, name)),
                        "currency": c,
                        "source_types": {"card": a},
                    }
                    for c in currencies
                ]

            reserved = [{"amount": 0, "currency": c} for c in currencies]
            return {
                "object": "balance",
                "available": part("available"),
                "pending": part("pending"),
                "connect_reserved": reserved,
                "livemode": False,
            }

        self._api("/v1/balance", ("GET",), balance, "balance")

        def customer(params: Shape) -> Shape:
            known = {
                k: v
                for k, v in params.items()
                if k in {"email", "name", "phone", "description", "metadata"}
            }
            return store.keep({**objects.customer(store.now), **known})

        self._api("/v1/customers", ("POST",), customer, "customer")

        def method(params: Shape) -> Shape:
            made, _ = s.payments.method({"payment_method_data": params})
            return made

        self._api("/v1/payment_methods", ("POST",), method, "method")

        def attach(params: Shape, i: str) -> Shape:
            found = store.get("payment_method", i)
            found["customer"] = params.get("customer")
            return store.keep(found)

        self._api("/v1/payment_methods/<i>/attach", ("POST",), attach, "attach")

    def _accounts(self) -> None:
        s, store = self.stand_in, self.stand_in.store
        self._api(
            "/v2/core/accounts",
            ("POST",),
            lambda p: store.keep(objects.account_v2(store.now, p)),
            "account",
        )
        self._api(
            "/v2/core/accounts/<i>",
            ("GET",),
            lambda p, i: store.get("v2.core.account", i),
            "account",
        )

        def link(params: Shape) -> Shape:
            account = store.get("v2.core.account", params.get("account", ""))
            case = params.get("use_case", {}).get("account_onboarding", {})
            store.keep_secret(f"return:{account['id']}", case.get("return_url", ""))
            return {
                "object": "v2.core.account_link",
                "account": account["id"],
                "created": account["created"],
                "expires_at": account["created"],
                "livemode": False,
                "url": f"{s.public_url}/_pages/onboarding/{account['id']}",
                "use_case": params.get("use_case"),
            }

        self._api("/v2/core/account_links", ("POST",), link, "link")

    def _lists(self) -> None:
        store = self.stand_in.store
        kinds = {
            "payment_intents": "payment_intent",
            "charges": "charge",
            "refunds": "refund",
            "transfers": "transfer",
            "balance_transactions": "balance_transaction",
            "events": "event",
            "customers": "customer",
            "payment_methods": "payment_method",
        }

        def lister(plural: str, kind: str) -> Any:
            def page(params: Shape) -> Shape:
                data = [t for t in store.of_kind(kind) if _matches(t, params)]
                if params.get("starting_after"):
                    ids = [t["id"] for t in data]
                    data = (
                        data[ids.index(params["starting_after"]) + 1 :]
                        if params["starting_after"] in ids
                        else []
                    )
                limit = min(int(params.get("limit", 10)), 100)
                return objects.listing(data[:limit], f"/v1/{plural}", has_more=len(data) > limit)

            return page

        for plural, kind in kinds.items():
            self._api(f"/v1/{plural}", ("GET",), lister(plural, kind), f"list-{plural}")
            if plural not in {"payment_intents"}:
                self._api(
                    f"/v1/{plural}/<i>",
                    ("GET",),
                    lambda p, i, kind=kind: store.get(kind, i),
                    f"get-{plural}",
                )

        def unknown(error: Any) -> Response:
            return _respond(404, missing("resource", request.path).body)

        self.app.register_error_handler(404, unknown)

    def _browser(self) -> None:
        s, store, app = self.stand_in, self.stand_in.store, self.app
        folder = Path(__file__).parent / "static"

        @app.get("/v3/stripe.js")
        def script() -> Response:
            return send_from_directory(folder, "stripe.js", max_age=0)

        @app.get("/_static/<name>")
        def static_file(name: str) -> Response:
            return send_from_directory(folder, name, max_age=0)

        @app.get("/_element")
        def element() -> str:
            locale = request.args.get("locale", "en")[:2]
            return render_template(
                "element.html", words=_WORDS.get(locale, _WORDS["en"]), locale=locale
            )

        @app.get("/_pages/<kind>/<i>")
        def ask(kind: str, i: str) -> str:
            thing = store.objects.get(i) or {}
            return render_template("action.html", kind=kind, thing=thing)

        @app.post("/_pages/<kind>/<i>")
        def act(kind: str, i: str) -> Any:
            approved = "approve" in request.form
            with store.lock:
                if kind == "onboarding":
                    return redirect(_onboard(i), 303)
                intent = s.payments.finish_action(store.get("payment_intent", i), approved=approved)
            back = store.secrets.get(f"return:{i}", "")
            joint = "&" if "?" in back else "?"
            status = (
                "succeeded" if intent["status"] in {"succeeded", "requires_capture"} else "failed"
            )
            return redirect(
                f"{back}{joint}payment_intent={i}&payment_intent_client_secret={intent['client_secret']}&redirect_status={status}",
                303,
            )

        def _onboard(i: str) -> str:
            account = store.get("v2.core.account", i)
            account["configuration"]["recipient"]["capabilities"]["stripe_balance"][
                "stripe_transfers"
            ]["status"] = "active"
            store.keep(account)
            event = objects.event(
                "v2.core.account[configuration.recipient].capability_status_updated", {}, store.now
            )
            event["related_object"] = {
                "id": i,
                "type": "v2.core.account",
                "metadata": account["metadata"],
            }
            store.keep(event)
            s.sender.send(event)
            return store.secrets.get(f"return:{i}", "/")

        @app.get("/")
        def overview() -> str:
            kinds = (
                "payment_intent",
                "refund",
                "transfer",
                "v2.core.account",
                "balance_transaction",
            )
            return render_template(
                "overview.html",
                lists={kind: store.of_kind(kind)[:50] for kind in kinds},
                deliveries=s.sender.deliveries[-50:][::-1],
            )

    def _control(self) -> None:
        s, store, app = self.stand_in, self.stand_in.store, self.app

        @app.post("/_control/faults")
        def plan() -> Response:
            s.faults.planned += [Fault(**fault) for fault in request.get_json()]
            return jsonify(planned=len(s.faults.planned))

        @app.post("/_control/webhooks")
        def webhooks() -> Response:
            for name, value in request.get_json().items():
                if name in {"url", "secret"}:
                    setattr(s.sender, name, value)
                else:
                    setattr(s.sender.faults, name, value)
            s.sender.faults.dice.seed(s.sender.faults.seed)
            return jsonify(ok=True)

        @app.post("/_control/reset")
        def reset() -> Response:
            s.faults.reset()
            for name, value in {
                "lost": 0.0,
                "doubled": 0.0,
                "delay": 0.0,
                "shuffled": False,
            }.items():
                setattr(s.sender.faults, name, value)
            return jsonify(ok=True)

        @app.post("/_control/advance")
        def advance() -> Response:
            store.clock_offset += int(request.get_json()["seconds"])
            return jsonify(now=store.now)

        @app.post("/_control/redeliver")
        def redeliver() -> Response:
            for identifier in request.get_json()["events"]:
                s.sender.send(store.get("event", identifier))
            return jsonify(ok=True)

        @app.get("/_control/state")
        def state() -> Response:
            with store.lock:
                kinds = ("payment_intent", "refund", "transfer", "event")
                return jsonify({kind: store.of_kind(kind) for kind in kinds})

        @app.get("/_control/deliveries")
        def deliveries() -> Response:
            return jsonify(s.sender.deliveries)


def _matches(thing: Shape, params: Shape) -> bool:
    for name in (
        "payment_intent",
        "charge",
        "transfer_group",
        "destination",
        "customer",
        "type",
        "source",
    ):
        if name in params and thing.get(name) != params[name]:
            return False
    created = params.get("created")
    if isinstance(created, dict) and created.get("gte") and thing["created"] < int(created["gte"]):
        return False
    return True


_WORDS = {
    "en": {
        "method": "How would you like to pay?",
        "card": "Card",
        "number": "Card number",
        "expiry": "Expiry date (MM / YY)",
        "cvc": "Security code",
        "ideal": "iDEAL",
        "ideal_hint": "You will be taken to your bank.",
    },
    "de": {
        "method": "Wie möchten Sie bezahlen?",
        "card": "Karte",
        "number": "Kartennummer",
        "expiry": "Gültig bis (MM / JJ)",
        "cvc": "Prüfziffer",
        "ideal": "iDEAL",
        "ideal_hint": "Sie werden zu Ihrer Bank weitergeleitet.",
    },
    "fr": {
        "method": "Comment souhaitez-vous payer ?",
        "card": "Carte",
        "number": "Numéro de carte",
        "expiry": "Date d’expiration (MM / AA)",
        "cvc": "Cryptogramme",
        "ideal": "iDEAL",
        "ideal_hint": "Vous serez redirigé vers votre banque.",
    },
}
