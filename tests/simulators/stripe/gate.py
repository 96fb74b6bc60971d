"""What every API call passes: its key, the planned faults, idempotency, one transaction."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, request

from tests.simulators.stripe import objects, parameters
from tests.simulators.stripe.errors import StripeRefusal, malformed, unauthorised
from tests.simulators.stripe.faults import Fault
from tests.simulators.stripe.idempotency import Answer
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.rendering import for_browser, render

if TYPE_CHECKING:
    from tests.simulators.stripe.server import StripeStandIn

OF_BROWSERS = {"key", "client_secret", "_stripe_account", "payment_user_agent", "referrer"}


@dataclass(frozen=True)
class Call:
    """One request: its parameters, whose key it carries, for which connected account."""

    params: Shape
    is_browser: bool
    account: str
    request_id: str
    key: str

    @property
    def path(self) -> str:
        """The path without its query."""
        return request.path


Handler = Callable[..., Shape]


@dataclass(frozen=True)
class Route:
    """One endpoint: its handler, the parameters it knows, and who may call it."""

    handler: Handler
    allowed: set[str] | None
    is_for_browsers: bool = False
    is_for_accounts: bool = False


class Gate:
    """Answers API calls."""

    def __init__(self, stand_in: "StripeStandIn") -> None:
        self._stand_in = stand_in

    def answer(self, route: Route, ids: dict[str, str]) -> Response:
        """Do one call, with Stripe's rules and whatever fault is planned for it."""
        identifier = objects.new_id("req")
        try:
            call = self._call(route, identifier)
            status, body, headers = self._pass(route, call, ids)
        except StripeRefusal as refusal:
            status, body, headers = refusal.status, refusal.body, {}
        return respond(status, body, {"Request-Id": identifier, **headers})

    def _pass(
        self, route: Route, call: Call, ids: dict[str, str]
    ) -> tuple[int, Any, dict[str, str]]:
        self._refuse_by_fault()
        if not call.key:
            status, body = self._work(route, call, ids)
            self._hold("timeout_after_success")
            return status, body, {}
        kept = self._stand_in.idempotency.begin(call.key, call.path, call.params)
        if kept:
            return *kept, {"Idempotent-Replayed": "true"}
        try:
            status, body = self._work(route, call, ids)
        finally:
            self._stand_in.idempotency.finish(call.key)
        self._hold("timeout_after_success")
        return status, body, {}

    def _work(self, route: Route, call: Call, ids: dict[str, str]) -> Answer:
        self._hold("delay")
        stand_in = self._stand_in
        key = call.key.partition(" ")[2]
        with stand_in.store.transaction():
            stand_in.events.begin_request(call.request_id, key)
            try:
                answer, is_remembered = self._run(route, call, ids)
            finally:
                stand_in.events.end_request()
            if call.key and is_remembered:
                stand_in.idempotency.remember(call.key, call.path, call.params, answer)
        return answer

    def _run(self, route: Route, call: Call, ids: dict[str, str]) -> tuple[Answer, bool]:
        stand_in = self._stand_in
        stand_in.catch_up()
        if self._take("fail_500"):
            return (500, _SERVER_ERROR), True
        try:
            expand = parameters.words(call.params, "expand")
            if route.allowed is not None:
                parameters.refuse_unknown(call.params, route.allowed)
            made = route.handler(call, **ids)
            body = render(stand_in.store, made, expand)
        except StripeRefusal as refusal:
            body = _for_caller(call, refusal.body)
            return (refusal.status, body), refusal.is_remembered
        if self._take("fail_500_after_success"):
            return (500, _SERVER_ERROR), True
        return (200, _for_caller(call, body)), True

    def _refuse_by_fault(self) -> None:
        fault = self._take("refuse_429", "refuse_500")
        if fault is None:
            return
        if fault.kind == "refuse_429":
            raise StripeRefusal(
                429,
                "invalid_request_error",
                "Request rate limit exceeded.",
                code="rate_limit",
                is_remembered=False,
            )
        raise StripeRefusal(500, "api_error", _SERVER_ERROR["error"]["message"])

    def _hold(self, kind: str) -> None:
        if fault := self._take(kind):
            self._stand_in.stopping.wait(fault.seconds)

    def _take(self, *kinds: str) -> Fault | None:
        return self._stand_in.faults.take(request.path, *kinds, method=request.method)

    def _call(self, route: Route, identifier: str) -> Call:
        params = _parameters()
        key = _secret_key() or str(params.get("key", ""))
        is_browser = key.startswith("pk_")
        _check_key(key, is_allowed=not is_browser or route.is_for_browsers)
        account = request.headers.get("Stripe-Account", "")
        if account:
            self._check_account(account, is_allowed=route.is_for_accounts)
        sent = request.headers.get("Idempotency-Key", "") if request.method != "GET" else ""
        for name in OF_BROWSERS - {"client_secret"} if is_browser else ():
            params.pop(name, None)
        return Call(
            params, is_browser, account, identifier, f"{account or key} {sent}" * bool(sent)
        )

    def _check_account(self, account: str, *, is_allowed: bool) -> None:
        known = self._stand_in.store.objects.get(account)
        if known is None or known["object"] != "v2.core.account":
            raise unauthorised(
                f"The provided key does not have access to account '{account}' (or that account"
                " does not exist).",
                code="account_invalid",
                status=403,
            )
        if not is_allowed:
            raise malformed("The stand-in does not play this call for a connected account.")


def respond(status: int, body: Any, headers: dict[str, str]) -> Response:
    """Return an answer as Stripe's, readable by pages of other origins."""
    response = Response(json.dumps(body, indent=2), status, mimetype="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = (
        "Authorization, Content-Type, Idempotency-Key, Stripe-Version, Stripe-Account"
    )
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, DELETE, OPTIONS"
    response.headers["Access-Control-Expose-Headers"] = "Request-Id"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", objects.API_VERSION)
    if key := request.headers.get("Idempotency-Key"):
        response.headers["Idempotency-Key"] = key
    response.headers.update(headers)
    return response


_SERVER_ERROR = {
    "error": {
        "type": "api_error",
        "message": "An unknown error occurred. This one was planned by a test.",
    }
}


def _for_caller(call: Call, body: Any) -> Any:
    """Show a browser no more of a payment than a publishable key may see."""
    if not call.is_browser:
        return body
    if body.get("object") == "payment_intent":
        return for_browser(body)
    if "payment_intent" in body.get("error", {}):
        error = {**body["error"], "payment_intent": for_browser(body["error"]["payment_intent"])}
        return {"error": error}
    return body


def _parameters() -> Shape:
    if request.is_json:
        data = request.get_json(silent=True)
        if not isinstance(data, dict):
            raise malformed("Invalid JSON in the body.")
        return data
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    return parameters.unflatten(pairs)


def _secret_key() -> str:
    """Return the key of the Authorization header: bearer, or basic with the key as the name."""
    if request.authorization is None:
        return ""
    return str(request.authorization.token or request.authorization.username or "")


def _check_key(key: str, *, is_allowed: bool) -> None:
    if not key:
        raise unauthorised(
            "You did not provide an API key. You need to provide your API key in the Authorization"
            " header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    if not key.startswith(("sk_test", "rk_test", "pk_test")):
        raise unauthorised(
            f"Invalid API Key provided: {key[:7]}… The stand-in takes test keys only."
        )
    if not is_allowed:
        raise unauthorised(
            "This API call cannot be made with a publishable API key. Please use a secret API key."
        )
