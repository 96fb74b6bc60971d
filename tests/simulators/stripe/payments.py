"""PaymentIntents: from their creation to captured or cancelled money."""

from tests.simulators.stripe import cards, objects, parameters
from tests.simulators.stripe.agenda import Agenda
from tests.simulators.stripe.balance import AVAILABLE_AFTER_SECONDS, Balance, processing_fee
from tests.simulators.stripe.cards import Decline
from tests.simulators.stripe.errors import StripeRefusal, invalid, malformed
from tests.simulators.stripe.events import Events
from tests.simulators.stripe.methods import KINDS, Methods
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.rendering import embed, render
from tests.simulators.stripe.store import Store

AUTHORISATION_SECONDS = 7 * 24 * 3600
WAITING = {"requires_payment_method", "requires_confirmation", "requires_action"}
CANCELLABLE = WAITING | {"requires_capture", "processing"}
_CAPTURE_METHODS = {"automatic", "automatic_async", "manual"}
_REASONS = {"abandoned", "duplicate", "fraudulent", "requested_by_customer"}
_SMALLEST = dict.fromkeys("eur usd chf aud cad brl inr nzd sgd".split(), 50) | {
    "gbp": 30, "sek": 300, "nok": 300, "dkk": 250, "pln": 200, "czk": 1500, "huf": 17500,
    "ron": 200, "jpy": 50, "mxn": 1000, "hkd": 400,
}  # fmt: skip
_PLAIN = (
    "description receipt_email setup_future_usage shipping statement_descriptor"
    " statement_descriptor_suffix transfer_group on_behalf_of"
).split()
_OF_ATTEMPT = {
    "mandate", "mandate_data", "off_session", "payment_method", "payment_method_data",
    "radar_options", "return_url", "use_stripe_sdk", "error_on_requires_action",
}  # fmt: skip
CHANGEABLE = {
    *_PLAIN, "amount", "amount_details", "application_fee_amount", "capture_method", "currency",
    "customer", "excluded_payment_method_types", "metadata", "payment_details", "payment_method",
    "payment_method_configuration", "payment_method_data", "payment_method_options",
    "payment_method_types", "transfer_data",
}  # fmt: skip
CREATABLE = CHANGEABLE | _OF_ATTEMPT | {
    "automatic_payment_methods", "confirm", "confirmation_method", "confirmation_token",
}  # fmt: skip
CONFIRMABLE = _OF_ATTEMPT | {
    "amount_details", "capture_method", "confirmation_token", "excluded_payment_method_types",
    "payment_details", "payment_method_options", "payment_method_types", "receipt_email",
    "setup_future_usage", "shipping",
}  # fmt: skip
_NOT_AUTHENTICATED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or"
    " a new PaymentMethod to attempt to fulfill this PaymentIntent again."
)
_RETURN_URL_NEEDED = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because"
    " some of these payment methods might redirect your customer off of your page, you must provide"
    " a `return_url`. If you don't want to accept redirect-based payment methods, set"
    " `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]`"
    " to `never` when creating Setup Intents and Payment Intents."
)


class Payments:
    """The rules of PaymentIntents. Every method is called with the store's lock held.

    iDEAL cannot wait for a capture, and is treated as Stripe treats it: where the whole intent is
    `capture_method: manual`, iDEAL is not among its methods (naming it is refused); where only the
    card is (`payment_method_options[card][capture_method]`), a card waits and iDEAL is captured at
    once. It is in euros only.
    """

    def __init__(
        self,
        store: Store,
        events: Events,
        agenda: Agenda,
        balance: Balance,
        methods: Methods,
        public_url: str,
    ) -> None:
        self.store, self._agenda, self._balance = store, agenda, balance
        self._emit, self.methods, self._public_url = events.emit, methods, public_url
        agenda.teach("expire", self._expire)
        for intent in store.of_kind("payment_intent"):
            self._plan_expiry(intent)

    # -- creating and changing

    def create(self, params: Shape, *, is_browser: bool = False) -> Shape:
        """Make a PaymentIntent; confirm it where `confirm` is set."""
        intent = objects.payment_intent(self.store.now, amount=0, currency="")
        self._set(intent, {"amount": "", "currency": "", **params})
        if "automatic_payment_methods" not in params and "payment_method_types" not in params:
            intent["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
        self._choose_types(intent, params)
        if params.get("payment_method") or params.get("payment_method_data"):
            self._take_method(intent, params, is_browser=is_browser)
            intent["status"] = "requires_confirmation"
        self.store.keep(intent)
        self._emit("payment_intent.created", intent)
        if parameters.boolean(params, "confirm"):
            self.confirm(intent, params, is_browser=is_browser)
        return intent

    def update(self, intent: Shape, params: Shape) -> Shape:
        """Change a PaymentIntent; once it is paid, only what describes it."""
        is_open = intent["status"] in WAITING
        fixed = set(params) - {"metadata", "description", "receipt_email", "shipping", "expand"}
        if not is_open and fixed - {"transfer_group", "statement_descriptor_suffix"}:
            raise self._unexpected(
                intent, f"This PaymentIntent's {min(fixed)} could not be updated", "succeeded"
            )
        self._set(intent, params)
        if is_open:
            self._choose_types(intent, params)
            if params.get("payment_method") or params.get("payment_method_data"):
                self._take_method(intent, params)
                intent.update(status="requires_confirmation", next_action=None)
        return self.store.keep(intent)

    def _set(self, intent: Shape, params: Shape) -> None:
        if "amount" in params:
            intent["amount"] = parameters.amount(params)
        if "currency" in params:
            intent["currency"] = _currency(params)
        if intent["amount"] < _SMALLEST.get(intent["currency"], 1):
            smallest = _SMALLEST[intent["currency"]]
            raise malformed(
                f"Amount must be at least {smallest} {intent['currency']} (minor units).",
                code="amount_too_small",
                param="amount",
            )
        if customer := params.get("customer"):
            self.store.get("customer", customer, param="customer", status=400)
            intent["customer"] = customer
        intent["metadata"] = parameters.metadata(params, intent["metadata"])
        method = parameters.choice(params, "capture_method", _CAPTURE_METHODS)
        intent["capture_method"] = method or intent["capture_method"]
        for name in _PLAIN:
            if name in params:
                intent[name] = params[name] or None
        for kind, options in parameters.mapping(params, "payment_method_options").items():
            if kind not in KINDS or not isinstance(options, dict):
                raise malformed(
                    f"Received unknown parameter: payment_method_options[{kind}]",
                    code="parameter_unknown",
                    param=f"payment_method_options[{kind}]",
                )
            intent["payment_method_options"].setdefault(kind, {}).update(options)

    def _choose_types(self, intent: Shape, params: Shape) -> None:
        """Decide by which methods it can be paid; Stripe offers what fits amount and capture."""
        if "payment_method_types" in params:
            self._take_types(intent, parameters.words(params, "payment_method_types"))
            return
        if "automatic_payment_methods" in params:
            given = parameters.mapping(params, "automatic_payment_methods")
            redirects = parameters.choice(given, "allow_redirects", {"always", "never"})
            is_enabled = parameters.boolean(given, "enabled")
            chosen = {"allow_redirects": redirects or "always", "enabled": is_enabled}
            intent["automatic_payment_methods"] = chosen
        automatic = intent["automatic_payment_methods"]
        if automatic is None:
            intent["payment_method_types"] = intent["payment_method_types"] or ["card"]
            return
        has_ideal = (
            automatic["enabled"]
            and automatic.get("allow_redirects") != "never"
            and intent["currency"] == "eur"
            and intent["capture_method"] != "manual"
        )
        intent["payment_method_types"] = ["card", "ideal"] if has_ideal else ["card"]

    def _take_types(self, intent: Shape, types: list[str]) -> None:
        for kind in types:
            if kind not in KINDS:
                raise malformed(
                    f"The payment method type provided: {kind} is invalid.",
                    param="payment_method_types",
                )
        if "ideal" in types and intent["currency"] != "eur":
            raise malformed(
                "The currency provided is not supported by ideal; it takes eur only.",
                param="currency",
            )
        if "ideal" in types and intent["capture_method"] == "manual":
            raise malformed(
                "The payment method type ideal does not support manual capture.",
                param="capture_method",
            )
        intent["payment_method_types"], intent["automatic_payment_methods"] = types, None

    # -- confirming

    def confirm(self, intent: Shape, params: Shape, *, is_browser: bool = False) -> Shape:
        """Try to pay: the intent then waits for an action, is authorised, captured or declined.

        Raises StripeRefusal (402) where the card is declined; the intent can be tried again.
        """
        if intent["status"] not in WAITING:
            raise self._unexpected(intent, "You cannot confirm this PaymentIntent", "succeeded")
        self._set(intent, {k: v for k, v in params.items() if k in CONFIRMABLE & CHANGEABLE})
        self._choose_types(intent, params)
        method = self._take_method(intent, params, is_browser=is_browser)
        intent["last_payment_error"] = intent["next_action"] = None
        number = self.methods.number_of(method)
        if number in cards.NEEDS_3DS and parameters.boolean(params, "off_session"):
            self._decline(intent, method, cards.AUTHENTICATION_NEEDED)
        if method["type"] == "ideal" or number in cards.NEEDS_3DS:
            return self._require_action(intent, method, params.get("return_url"))
        return self._authorise(intent, method)

    @staticmethod
    def check_return_url(automatic: Shape, params: Shape) -> None:
        """Refuse a confirmation that could not bring its buyer back from a redirect."""
        if automatic.get("allow_redirects", "never") == "never" or params.get("return_url"):
            return
        raise malformed(_RETURN_URL_NEEDED, param="return_url")

    def _take_method(self, intent: Shape, params: Shape, *, is_browser: bool = False) -> Shape:
        if params.get("payment_method_data"):
            data = parameters.mapping(params, "payment_method_data")
            method = self.methods.create(data, is_browser=is_browser)
        elif token := params.get("payment_method") or intent["payment_method"]:
            method = self.methods.find(str(token))
        else:
            raise self._unexpected(
                intent,
                "You cannot confirm this PaymentIntent because it's missing a payment method",
                "",
            )
        self._check_method(intent, method)
        intent["payment_method"] = method["id"]
        return method

    def _check_method(self, intent: Shape, method: Shape) -> None:
        if method["type"] not in intent["payment_method_types"]:
            raise invalid(
                f"The PaymentMethod provided ({method['type']}) is not allowed for this"
                f" PaymentIntent. It takes {', '.join(intent['payment_method_types'])}.",
                code="payment_intent_incompatible_payment_method",
                param="payment_method",
            )
        if method["customer"] not in (None, intent["customer"]):
            raise invalid(
                "The provided PaymentMethod cannot be attached. It belongs to another customer.",
                param="payment_method",
            )
        if self.store.noted(method["id"]).get("used") and method["customer"] is None:
            raise invalid(
                "The provided PaymentMethod was previously used with a PaymentIntent without"
                " Customer attachment, or was detached from a Customer. It may not be used again.",
                param="payment_method",
            )

    def _require_action(self, intent: Shape, method: Shape, return_url: str | None) -> Shape:
        page = "ideal" if method["type"] == "ideal" else "3ds"
        if page == "ideal" and not return_url:
            raise malformed(
                "A `return_url` must be specified when confirming with ideal.", param="return_url"
            )
        url = f"{self._public_url}/_pages/{page}/{intent['id']}"
        intent["status"] = "requires_action"
        if return_url:
            self.store.note(intent["id"], return_url=return_url)
            target = {"url": url, "return_url": return_url}
            intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": target}
        else:
            hook = {"type": "three_d_secure_redirect", "stripe_js": url}
            intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": hook}
        self.store.keep(intent)
        self._emit("payment_intent.requires_action", intent)
        return intent

    def finish_action(self, intent: Shape, *, approved: bool) -> Shape:
        """Go on after 3-D Secure or the bank's page; a page that is too late changes nothing."""
        if intent["status"] != "requires_action":
            return intent
        intent["next_action"] = None
        method = self.store.get("payment_method", intent["payment_method"])
        try:
            if approved:
                return self._authorise(intent, method, is_authenticated=True)
            self._fail(
                intent,
                method,
                {
                    "type": "invalid_request_error",
                    "code": "payment_intent_authentication_failure",
                    "message": _NOT_AUTHENTICATED,
                },
            )
        except StripeRefusal:
            pass
        return intent

    def _authorise(self, intent: Shape, method: Shape, *, is_authenticated: bool = False) -> Shape:
        number = self.methods.number_of(method)
        if number == "unknown":
            self._decline(intent, method, cards.NOT_A_TEST_CARD)
        if number in cards.DECLINES:
            self._decline(intent, method, cards.DECLINES[number])
        charge = self._charge(intent, method, is_authenticated=is_authenticated)
        self._remember_method(intent, method)
        intent["latest_charge"] = charge["id"]
        if not self.is_manual(intent, method["type"]):
            return self._capture(intent, charge, intent["amount"], is_first=True)
        before = self.store.now + AUTHORISATION_SECONDS
        charge["payment_method_details"]["card"]["capture_before"] = before
        intent.update(status="requires_capture", amount_capturable=intent["amount"])
        self.store.keep(charge)
        self.store.keep(intent)
        self._plan_expiry(intent)
        self._emit("charge.succeeded", charge)
        self._emit("payment_intent.amount_capturable_updated", intent)
        return intent

    def _charge(self, intent: Shape, method: Shape, *, is_authenticated: bool = False) -> Shape:
        kind = method["type"]
        details = (
            objects.card_details(method["card"], intent["amount"], authenticated=is_authenticated)
            if kind == "card"
            else {**method["ideal"], "iban_last4": "5264", "verified_name": None}
        )
        copied = "amount currency customer description metadata on_behalf_of receipt_email shipping"
        return objects.charge(
            self.store.now,
            "ch" if kind == "card" else "py",
            **{name: intent[name] for name in copied.split()},
            billing_details=method["billing_details"],
            payment_intent=intent["id"],
            payment_method=method["id"],
            payment_method_details={"type": kind, kind: details},
            statement_descriptor=intent["statement_descriptor"],
            statement_descriptor_suffix=intent["statement_descriptor_suffix"],
            transfer_group=intent["transfer_group"],
        )

    def _remember_method(self, intent: Shape, method: Shape) -> None:
        if intent["setup_future_usage"] and intent["customer"] and method["type"] == "card":
            self.methods.attach(method, intent["customer"])
        elif method["customer"] is None:
            self.store.note(method["id"], used=True)

    @staticmethod
    def is_manual(intent: Shape, kind: str) -> bool:
        """Say whether this payment waits for a capture: cards can, iDEAL cannot."""
        own = intent["payment_method_options"].get("card", {}).get("capture_method")
        return kind == "card" and "manual" in {intent["capture_method"], own}

    # -- failing

    def _decline(self, intent: Shape, method: Shape, decline: Decline) -> None:
        """Refuse a card: a failed charge stays, the intent can be tried again."""
        charge = self._charge(intent, method)
        is_blocked = self.methods.number_of(method) in cards.BLOCKED_BY_RADAR
        charge.update(
            status="failed",
            paid=False,
            failure_code=decline.code,
            failure_message=decline.message,
            outcome=objects.outcome("blocked" if is_blocked else "issuer_declined"),
        )
        charge["outcome"]["reason"] = decline.decline_code
        intent["latest_charge"] = self.store.keep(charge)["id"]
        self._emit("charge.failed", charge)
        facts = {
            "type": "card_error",
            "code": decline.code,
            "decline_code": decline.decline_code,
            "message": decline.message,
            "charge": charge["id"],
        }
        self._fail(intent, method, {name: value for name, value in facts.items() if value})

    def _fail(self, intent: Shape, method: Shape, error: Shape) -> None:
        error = {**error, "payment_method": render(self.store, method)}
        intent.update(
            status="requires_payment_method",
            payment_method=None,
            next_action=None,
            last_payment_error=error,
        )
        self.store.keep(intent)
        self._emit("payment_intent.payment_failed", intent)
        facts = {name: value for name, value in error.items() if name not in ("type", "message")}
        raise StripeRefusal(
            402,
            error["type"],
            error["message"],
            **facts,
            payment_intent=render(self.store, intent),
        )

    @staticmethod
    def _unexpected(intent: Shape, beginning: str, wanted: str) -> StripeRefusal:
        status = intent["status"]
        reason = f" because it has a status of {status}" if wanted else ""
        return invalid(
            f"{beginning}{reason}.",
            code="payment_intent_unexpected_state",
            payment_intent=dict(intent),
        )

    # -- capturing, cancelling, expiring

    def capture(self, intent: Shape, params: Shape) -> Shape:
        """Take what was authorised, or part of it; the rest is given back at once."""
        if intent["status"] != "requires_capture":
            raise self._unexpected(
                intent, "This PaymentIntent could not be captured", "requires_capture"
            )
        amount = intent["amount_capturable"]
        if "amount_to_capture" in params:
            amount = parameters.amount(params, "amount_to_capture")
        if amount > intent["amount_capturable"]:
            raise invalid(
                f"The provided amount_to_capture ({amount}) is greater than the remaining"
                f" amount_capturable ({intent['amount_capturable']}).",
                code="amount_too_large",
                param="amount_to_capture",
            )
        intent["metadata"] = parameters.metadata(params, intent["metadata"])
        return self._capture(intent, self.store.get("charge", intent["latest_charge"]), amount)

    def _capture(
        self, intent: Shape, charge: Shape, amount: int, *, is_first: bool = False
    ) -> Shape:
        number = self.store.noted(charge["payment_method"]).get("number", "")
        wait = 0 if number in cards.BYPASSES_PENDING else AVAILABLE_AFTER_SECONDS
        transaction = self._balance.record(
            "charge" if charge["id"].startswith("ch_") else "payment",
            amount,
            fee=processing_fee(amount),
            source=charge["id"],
            currency=charge["currency"],
            available_on=self.store.now + wait,
        )
        charge.update(captured=True, amount_captured=amount, balance_transaction=transaction["id"])
        intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
        self.store.keep(charge)
        self.store.keep(intent)
        self._emit("charge.succeeded" if is_first else "charge.captured", charge)
        if amount < charge["amount"]:
            self._give_back(charge, charge["amount"] - amount)
        self._emit("payment_intent.succeeded", intent)
        return intent

    def _give_back(self, charge: Shape, amount: int) -> None:
        """Release authorised money: Stripe shows it as refunded, though none had moved."""
        made = objects.refund(
            self.store.now,
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
        )
        self.store.note(made["id"], is_release=True)
        embed(self.store, charge, self.store.keep(made))
        charge.update(amount_refunded=amount, refunded=amount == charge["amount"])
        self.store.keep(charge)
        self._emit("charge.refunded", charge, before={"amount_refunded": 0})

    def cancel(self, intent: Shape, params: Shape) -> Shape:
        """Give up a payment that was not captured."""
        reason = parameters.choice(params, "cancellation_reason", _REASONS)
        if intent["status"] not in CANCELLABLE:
            raise self._unexpected(
                intent, "You cannot cancel this PaymentIntent", "requires_capture"
            )
        charge = self._authorised_charge(intent)
        if charge:
            self._give_back(charge, charge["amount"])
        return self._canceled(intent, reason)

    def _authorised_charge(self, intent: Shape) -> Shape | None:
        if intent["status"] != "requires_capture":
            return None
        return self.store.get("charge", intent["latest_charge"])

    def _canceled(self, intent: Shape, reason: str | None) -> Shape:
        intent.update(
            status="canceled",
            canceled_at=self.store.now,
            cancellation_reason=reason,
            amount_capturable=0,
            next_action=None,
        )
        self.store.keep(intent)
        self._emit("payment_intent.canceled", intent)
        return intent

    def _plan_expiry(self, intent: Shape) -> None:
        if charge := self._authorised_charge(intent):
            before = charge["payment_method_details"]["card"]["capture_before"]
            self._agenda.add(before, "expire", intent["id"])

    def _expire(self, identifier: str) -> None:
        """Let an authorisation go that nobody captured in seven days."""
        intent = self.store.get("payment_intent", identifier)
        if charge := self._authorised_charge(intent):
            charge.update(refunded=True, amount_refunded=charge["amount"])
            self.store.keep(charge)
            self._emit("charge.expired", charge)
            self._canceled(intent, "automatic")


def _currency(params: Shape) -> str:
    currency = parameters.text(params, "currency").lower()
    if len(currency) != 3 or not currency.isalpha():
        raise malformed(f"Invalid currency: {currency}.", param="currency")
    return currency
