"""Refunds: full, partial, those that settle later, and those that fail after they succeeded."""

from tests.simulators.stripe import cards, objects, parameters
from tests.simulators.stripe.agenda import Agenda
from tests.simulators.stripe.balance import Balance
from tests.simulators.stripe.errors import invalid, malformed
from tests.simulators.stripe.events import Events
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.rendering import embed
from tests.simulators.stripe.store import Store

SETTLES_AFTER_SECONDS = 3
FIELDS = {
    "amount", "charge", "currency", "customer", "instructions_email", "metadata", "origin",
    "payment_intent", "reason", "refund_application_fee", "reverse_transfer",
}  # fmt: skip
_REASONS = {"duplicate", "fraudulent", "requested_by_customer"}


class Refunds:
    """The rules of refunds. Every method is called with the store's lock held.

    They are paid from the available balance, which may go below zero. The fee of the payment is
    not given back.
    """

    def __init__(self, store: Store, events: Events, agenda: Agenda, balance: Balance) -> None:
        self.store, self._agenda, self._balance = store, agenda, balance
        self._emit = events.emit
        agenda.teach("refund", self._settle)
        for refund in store.of_kind("refund"):
            if due := store.noted(refund["id"]).get("settles_at"):
                agenda.add(due, "refund", refund["id"])

    def create(self, params: Shape) -> Shape:
        """Give back what was captured, or part of it."""
        charge = self._charge(params)
        reason = parameters.choice(params, "reason", _REASONS)
        amount = self._amount(charge, params)
        made = objects.refund(
            self.store.now,
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=charge["payment_intent"],
            reason=reason,
            metadata=parameters.metadata(params, {}),
        )
        if not charge["id"].startswith("ch_"):
            made["destination_details"] = {"type": "ideal", "ideal": {}}
        transaction = self._balance.record(
            _kind(charge, "refund"), -amount, source=made["id"], currency=charge["currency"]
        )
        made["balance_transaction"] = transaction["id"]
        self._plan(charge, made)
        embed(self.store, charge, self.store.keep(made))
        before = {name: charge[name] for name in ("amount_refunded", "refunded")}
        self._count(charge, amount)
        self._emit("refund.created", made)
        self._emit("charge.refunded", charge, before=before)
        return made

    def update(self, refund: Shape, params: Shape) -> Shape:
        """Change a refund's metadata: nothing else can be."""
        refund["metadata"] = parameters.metadata(params, refund["metadata"])
        self.store.keep(refund)
        self._emit("refund.updated", refund)
        return refund

    def _charge(self, params: Shape) -> Shape:
        if params.get("charge"):
            return self.store.get("charge", params["charge"], param="charge", status=400)
        if not params.get("payment_intent"):
            raise malformed(
                "One of the following params should be provided for this request: payment_intent"
                " or charge.",
                code="parameter_missing",
            )
        name = "payment_intent"
        intent = self.store.get(name, params[name], param=name, status=400)
        if intent["status"] != "succeeded":
            raise invalid(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
            )
        return self.store.get("charge", intent["latest_charge"])

    def _amount(self, charge: Shape, params: Shape) -> int:
        if not charge["captured"]:
            raise invalid(
                f"Charge {charge['id']} has not been captured; cancel its PaymentIntent instead.",
                code="charge_not_refundable",
            )
        left = charge["amount"] - charge["amount_refunded"]
        if left == 0:
            raise invalid(
                f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
            )
        amount = parameters.amount(params) if "amount" in params else left
        if amount > left:
            raise invalid(
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}),"
                " in minor units.",
                param="amount",
            )
        return amount

    def _plan(self, charge: Shape, refund: Shape) -> None:
        """Let the refunds of two test cards change some time later."""
        number = self.store.noted(charge["payment_method"]).get("number", "")
        if number not in cards.REFUND_IS_PENDING | cards.REFUND_FAILS_LATER:
            return
        if number in cards.REFUND_IS_PENDING:
            refund["status"] = "pending"
        due = self.store.now + SETTLES_AFTER_SECONDS
        self.store.note(refund["id"], settles_at=due)
        self._agenda.add(due, "refund", refund["id"])

    def _settle(self, identifier: str) -> None:
        refund = self.store.get("refund", identifier)
        if not self.store.noted(identifier).get("settles_at"):
            return
        self.store.note(identifier, settles_at=None)
        if refund["status"] != "pending":
            self._fail(refund)
            return
        refund["status"] = "succeeded"
        self.store.keep(refund)
        self._emit("refund.updated", refund, before={"status": "pending"})

    def _fail(self, refund: Shape) -> None:
        """Take the money back into the balance: the bank returned it."""
        charge = self.store.get("charge", refund["charge"])
        kind = "refund_failure" if charge["id"].startswith("ch_") else "payment_failure_refund"
        transaction = self._balance.record(
            kind, refund["amount"], source=refund["id"], currency=refund["currency"]
        )
        refund.update(
            status="failed",
            failure_reason="expired_or_canceled_card",
            failure_balance_transaction=transaction["id"],
        )
        self.store.keep(refund)
        self._count(charge, -refund["amount"])
        self._emit("refund.failed", refund)
        self._emit("refund.updated", refund, before={"status": "succeeded"})

    def _count(self, charge: Shape, amount: int) -> None:
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.store.keep(charge)


def _kind(charge: Shape, ordinary: str) -> str:
    return ordinary if charge["id"].startswith("ch_") else f"payment_{ordinary}"
