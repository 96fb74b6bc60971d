"""Payment methods and customers."""

import time
from typing import Any

from tests.simulators.stripe import cards, objects, parameters
from tests.simulators.stripe.errors import StripeRefusal, invalid, malformed
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.store import Store

KINDS = {"card", "ideal"}
_BANKS = {"abn_amro": "ABNANL2A", "asn_bank": "ASNBNL21", "bunq": "BUNQNL2A", "ing": "INGBNL2A",
          "knab": "KNABNL2H", "rabobank": "RABONL2U", "sns_bank": "SNSBNL2A"}  # fmt: skip
_OF_CUSTOMERS = "address description email name phone shipping preferred_locales tax_exempt"
CUSTOMER_FIELDS = set(_OF_CUSTOMERS.split()) | {
    "balance",
    "invoice_prefix",
    "invoice_settings",
    "metadata",
    "payment_method",
}
_UNSAFE = (
    "Sending credit card numbers directly to the Stripe API is generally unsafe. To continue"
    " processing use Stripe.js, the Stripe mobile bindings, or Stripe Elements."
)


def card_error(code: str, message: str, param: str) -> StripeRefusal:
    """Return the refusal of a card's own facts."""
    return StripeRefusal(402, "card_error", message, code=code, param=param)


class Methods:
    """Payment methods; a card's number stays in the notes, and only where it is a test card's."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def create(self, params: Shape, *, is_browser: bool = False) -> Shape:
        """Make a payment method of its own parameters.

        Only a browser's key may send a card's number: the field does, a shop's server never.
        """
        kind = parameters.choice(params, "type", KINDS)
        if kind is None:
            raise malformed("Missing required param: type.", param="type")
        billing = parameters.mapping(params, "billing_details")
        if kind == "ideal":
            return self._ideal(parameters.mapping(params, "ideal"), billing)
        card = parameters.mapping(params, "card")
        token = str(card.get("token", "")).replace("tok_", "pm_card_", 1)
        if token in cards.TOKENS:
            return self._card(cards.TOKENS[token], 12, self._later_year(), billing)
        if not is_browser:
            raise StripeRefusal(402, "card_error", _UNSAFE, is_remembered=False)
        return self._card_of_field(card, billing)

    def find(self, token: str) -> Shape:
        """Return a payment method by id; a test token (`pm_card_visa`) makes a new one."""
        if token in cards.TOKENS:
            return self._card(cards.TOKENS[token], 12, self._later_year(), {})
        kind = "payment_method"
        return self.store.get(kind, token, param=kind, status=400)

    def number_of(self, method: Shape) -> str:
        """Return the test number of a card, empty for everything else."""
        return str(self.store.noted(method["id"]).get("number", ""))

    def attach(self, method: Shape, customer_id: str) -> Shape:
        """Keep a payment method with a customer."""
        self.store.get("customer", customer_id, param="customer", status=400)
        if method["customer"] not in (None, customer_id):
            raise invalid(
                "The payment method you provided has already been attached to a customer."
            )
        method["customer"] = customer_id
        return self.store.keep(method)

    def detach(self, method: Shape) -> Shape:
        """Take a payment method from its customer, for good."""
        if method["customer"] is None:
            raise invalid(
                "The payment method you provided is not attached to a customer so detachment"
                " is impossible."
            )
        method["customer"] = None
        self.store.note(method["id"], used=True)
        return self.store.keep(method)

    def _card_of_field(self, card: Shape, billing: Shape) -> Shape:
        number = "".join(str(card.get("number", "")).split())
        if not cards.is_plausible(number):
            raise card_error("incorrect_number", "Your card number is incorrect.", "number")
        month, year = parameters.integer(card, "exp_month"), parameters.integer(card, "exp_year")
        if not 1 <= month <= 12:
            message = "Your card's expiration month is invalid."
            raise card_error("invalid_expiry_month", message, "exp_month")
        year += 2000 if year < 100 else 0
        if (year, month) < self._this_month() or year > self._this_month()[0] + 50:
            message = "Your card's expiration year is invalid."
            raise card_error("invalid_expiry_year", message, "exp_year")
        if "cvc" in card and not (str(card["cvc"]).isdigit() and len(str(card["cvc"])) in (3, 4)):
            raise card_error("invalid_cvc", "Your card's security code is invalid.", "cvc")
        return self._card(number, month, year, billing)

    def _card(self, number: str, month: int, year: int, billing: Shape) -> Shape:
        method = objects.payment_method(
            self.store.now, "card", billing, card=objects.card(number, month, year)
        )
        is_known = number in cards.NUMBERS
        self.store.note(method["id"], number=number if is_known else "unknown")
        return self.store.keep(method)

    def _ideal(self, given: Shape, billing: Shape) -> Shape:
        bank = parameters.choice(given, "bank", set(_BANKS))
        facts = {"bank": bank, "bic": _BANKS[bank] if bank else None}
        return self.store.keep(
            objects.payment_method(self.store.now, "ideal", billing, ideal=facts)
        )

    def _this_month(self) -> tuple[int, int]:
        moment = time.gmtime(self.store.now)
        return moment.tm_year, moment.tm_mon

    def _later_year(self) -> int:
        return self._this_month()[0] + 5


class Customers:
    """Customers: created, changed, deleted."""

    def __init__(self, store: Store, methods: Methods, emit: Any) -> None:
        self.store, self._methods, self._emit = store, methods, emit

    def create(self, params: Shape) -> Shape:
        """Make a customer, with a payment method where one is given."""
        made = self.store.keep(objects.customer(self.store.now))
        self._set(made, params)
        if token := params.get("payment_method"):
            self._methods.attach(self._methods.find(token), made["id"])
        self._emit("customer.created", made)
        return made

    def update(self, customer: Shape, params: Shape) -> Shape:
        """Change a customer."""
        self._set(customer, params)
        self._emit("customer.updated", customer)
        return customer

    def delete(self, customer: Shape) -> Shape:
        """Delete a customer for good; its payment methods go with it."""
        for method in self.store.of_kind("payment_method"):
            if method["customer"] == customer["id"]:
                self._methods.detach(method)
        self._emit("customer.deleted", customer)
        self.store.keep({**customer, "object": "deleted_customer"})
        return {"id": customer["id"], "object": "customer", "deleted": True}

    def _set(self, customer: Shape, params: Shape) -> None:
        customer["metadata"] = parameters.metadata(params, customer["metadata"])
        for name in (*_OF_CUSTOMERS.split(), "balance", "invoice_prefix"):
            if name in params:
                customer[name] = params[name] or None
        customer["balance"] = int(customer["balance"] or 0)
        customer["tax_exempt"] = customer["tax_exempt"] or "none"
        customer["invoice_settings"] |= parameters.mapping(params, "invoice_settings")
        self.store.keep(customer)
