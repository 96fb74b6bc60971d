"""Transfers to connected accounts, and their reversals."""

from tests.simulators.stripe import account_objects, objects, parameters
from tests.simulators.stripe.balance import Balance
from tests.simulators.stripe.errors import StripeRefusal, invalid
from tests.simulators.stripe.events import Events
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.rendering import embed
from tests.simulators.stripe.store import Store

FIELDS = {
    "amount", "currency", "description", "destination", "fx_quote", "metadata",
    "source_transaction", "source_type", "transfer_group",
}  # fmt: skip
_SHORT = (
    "You have insufficient available funds in your Stripe account. Try adding funds directly to"
    " your available balance by creating Charges using the 4000000000000077 test card."
)


class Transfers:
    """The rules of transfers. Every method is called with the store's lock held.

    With `source_transaction` a transfer is made at once and follows its charge's money: it becomes
    available on both sides when the charge does, and all transfers from one charge together cannot
    exceed it. Without it, the platform's available balance must cover it.
    """

    def __init__(self, store: Store, events: Events, balance: Balance) -> None:
        self.store, self._balance, self._emit = store, balance, events.emit

    def create(self, params: Shape) -> Shape:
        """Move money to a connected account."""
        currency = parameters.text(params, "currency").lower()
        account = self._destination(params)
        source = self._source(params, currency)
        amount = self._amount(params, source, currency)
        made = objects.transfer(
            self.store.now,
            amount=amount,
            currency=currency,
            destination=account["id"],
            destination_payment=objects.new_id("py"),
            description=params.get("description"),
            metadata=parameters.metadata(params, {}),
            source_transaction=source["id"] if source else None,
            transfer_group=_group(params, source),
        )
        due = self._available_on(source)
        transaction = self._balance.record(
            "transfer", -amount, source=made["id"], currency=currency, available_on=due
        )
        made["balance_transaction"] = transaction["id"]
        self._receive(made, due)
        self.store.keep(made)
        self._emit("transfer.created", made)
        return made

    def update(self, transfer: Shape, params: Shape) -> Shape:
        """Change what describes a transfer."""
        transfer["metadata"] = parameters.metadata(params, transfer["metadata"])
        transfer["description"] = params.get("description", transfer["description"])
        self.store.keep(transfer)
        self._emit("transfer.updated", transfer)
        return transfer

    def reverse(self, transfer: Shape, params: Shape) -> Shape:
        """Take money back from a connected account, as far as its balance goes."""
        left = transfer["amount"] - transfer["amount_reversed"]
        amount = parameters.amount(params) if "amount" in params else left
        if amount > left or left == 0:
            raise invalid(
                f"The amount of the reversal ({amount}) is greater than what is left of the"
                f" transfer ({left}), in minor units.",
                param="amount",
            )
        account, currency = transfer["destination"], transfer["currency"]
        if amount > self.reversible(transfer):
            raise self._short("The connected account's balance does not cover the reversal.")
        made = objects.transfer_reversal(
            self.store.now,
            amount=amount,
            currency=currency,
            transfer=transfer["id"],
            destination_payment_refund=objects.new_id("pyr"),
            metadata=parameters.metadata(params, {}),
        )
        due = self._still_pending(transfer)
        transaction = self._balance.record(
            "transfer_refund", amount, source=made["id"], currency=currency, available_on=due
        )
        made["balance_transaction"] = transaction["id"]
        self._balance.record(
            "payment_refund",
            -amount,
            source=made["destination_payment_refund"],
            currency=currency,
            available_on=due,
            account=account,
        )
        transfer["amount_reversed"] += amount
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        embed(self.store, transfer, self.store.keep(made))
        self.store.keep(transfer)
        self._emit("transfer.reversed", transfer)
        return made

    def reversible(self, transfer: Shape) -> int:
        """Return how much of a connected account's balance a reversal may take."""
        currency, account = transfer["currency"], transfer["destination"]
        available = self._balance.total(currency, "available", account)
        if self._still_pending(transfer) is None:
            return available
        return available + self._balance.total(currency, "pending", account)

    def _destination(self, params: Shape) -> Shape:
        name = parameters.text(params, "destination")
        account = self.store.objects.get(name)
        if account is None or account["object"] != "v2.core.account":
            raise invalid(
                f"No such destination: '{name}'", code="resource_missing", param="destination"
            )
        if account_objects.transfers_status(account) != "active":
            raise invalid(
                "Your destination account needs to have at least one of the following"
                " capabilities enabled: transfers, crypto_transfers, legacy_payments",
                code="insufficient_capabilities_for_transfer",
            )
        return account

    def _source(self, params: Shape, currency: str) -> Shape | None:
        name = params.get("source_transaction")
        if not name:
            return None
        charge = self.store.get("charge", name, param="source_transaction", status=400)
        if charge["status"] != "succeeded" or not charge["captured"]:
            raise invalid(
                "The source_transaction must be a charge that succeeded and was captured.",
                param="source_transaction",
            )
        if charge["currency"] != currency:
            raise invalid(
                f"The currency of source_transaction's balance transaction"
                f" ({charge['currency']}) must be the same as the transfer currency ({currency})",
                param="currency",
            )
        return charge

    def _amount(self, params: Shape, source: Shape | None, currency: str) -> int:
        amount = parameters.amount(params)
        if source is None:
            if amount > self._balance.total(currency, "available"):
                raise self._short(_SHORT)
            return amount
        moved = sum(
            transfer["amount"] - transfer["amount_reversed"]
            for transfer in self.store.of_kind("transfer")
            if transfer["source_transaction"] == source["id"]
        )
        left = source["amount_captured"] - moved
        if amount > left:
            raise invalid(
                f"Transfers using this transaction as a source must not exceed its amount; {left}"
                " is left, in minor units.",
                param="amount",
            )
        return amount

    def _available_on(self, source: Shape | None) -> int | None:
        if source is None:
            return None
        transaction = self.store.get("balance_transaction", source["balance_transaction"])
        return int(transaction["available_on"])

    def _still_pending(self, transfer: Shape) -> int | None:
        """Return when the money of a transfer becomes available, or None where it is."""
        transaction = self.store.get("balance_transaction", transfer["balance_transaction"])
        return int(transaction["available_on"]) if transaction["status"] == "pending" else None

    def _receive(self, transfer: Shape, due: int | None) -> None:
        """Let the connected account have it: a payment of its own, in its own balance."""
        transaction = self._balance.record(
            "payment",
            transfer["amount"],
            source=transfer["destination_payment"],
            currency=transfer["currency"],
            available_on=due,
            account=transfer["destination"],
        )
        payment = objects.charge(
            self.store.now,
            "py",
            amount=transfer["amount"],
            amount_captured=transfer["amount"],
            balance_transaction=transaction["id"],
            captured=True,
            currency=transfer["currency"],
            payment_method_details={"type": "stripe_account", "stripe_account": {}},
            source_transfer=transfer["id"],
        )
        payment["id"] = transfer["destination_payment"]
        self.store.note(payment["id"], account=transfer["destination"])
        self.store.keep(payment)

    @staticmethod
    def _short(message: str) -> StripeRefusal:
        return invalid(message, code="balance_insufficient")


def _group(params: Shape, source: Shape | None) -> str | None:
    if params.get("transfer_group"):
        return str(params["transfer_group"])
    if source is None:
        return None
    return str(source["transfer_group"] or f"group_{source['id']}")
