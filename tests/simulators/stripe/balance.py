"""The platform's and the connected accounts' balances, and every movement of them."""

from collections import defaultdict
from typing import Any

from tests.simulators.stripe import objects
from tests.simulators.stripe.agenda import Agenda
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.store import Store

FEE_PER_MILLE, FEE_FIXED = 15, 25
AVAILABLE_AFTER_SECONDS = 2 * 24 * 3600
_CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "payment_failure_refund": "refund_failure",
    "transfer_refund": "transfer_reversal",
}


def processing_fee(amount: int) -> int:
    """Return what a captured payment costs: 1.5 % and 25 minor units."""
    return amount * FEE_PER_MILLE // 1000 + FEE_FIXED


class Balance:
    """The movements by account ("" is the platform). Called with the store's lock held."""

    def __init__(self, store: Store, agenda: Agenda) -> None:
        self.store, self._agenda = store, agenda
        self._by_account: defaultdict[str, list[Shape]] = defaultdict(list)
        agenda.teach("available", self._become_available)
        for transaction in reversed(store.of_kind("balance_transaction")):
            self._index(transaction)

    def record(
        self,
        kind: str,
        amount: int,
        *,
        source: str,
        currency: str,
        fee: int = 0,
        available_on: int | None = None,
        account: str = "",
    ) -> Shape:
        """Record a movement; `available_on` in seconds since 1970, at once without it."""
        now = self.store.now
        due = now if available_on is None else available_on
        made = objects.balance_transaction(
            now,
            type=kind,
            reporting_category=_CATEGORIES.get(kind, kind),
            amount=amount,
            fee=fee,
            source=source,
            currency=currency,
            available_on=due,
            status="available" if due <= now else "pending",
        )
        if account:
            self.store.note(made["id"], account=account)
        self._index(self.store.keep(made))
        return made

    def movements(self, account: str = "") -> list[Shape]:
        """Return an account's movements, newest first."""
        return list(reversed(self._by_account[account]))

    def total(self, currency: str, part: str, account: str = "") -> int:
        """Return what is `available` or `pending`, in minor units."""
        return sum(
            movement["net"]
            for movement in self._by_account[account]
            if movement["currency"] == currency and movement["status"] == part
        )

    def read(self, account: str = "") -> Shape:
        """Return the balance as the API shows it."""
        currencies = sorted({m["currency"] for m in self._by_account[account]}) or ["eur"]
        return {
            "object": "balance",
            "available": self._part("available", currencies, account),
            "connect_reserved": [{"amount": 0, "currency": currency} for currency in currencies],
            "livemode": False,
            "pending": self._part("pending", currencies, account),
        }

    def _part(self, part: str, currencies: list[str], account: str) -> list[dict[str, Any]]:
        amounts = {currency: self.total(currency, part, account) for currency in currencies}
        return [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in amounts.items()
        ]

    def _index(self, transaction: Shape) -> None:
        account = self.store.noted(transaction["id"]).get("account", "")
        self._by_account[account].append(transaction)
        if transaction["status"] == "pending":
            self._agenda.add(transaction["available_on"], "available", transaction["id"])

    def _become_available(self, identifier: str) -> None:
        transaction = self.store.get("balance_transaction", identifier)
        transaction["status"] = "available"
        self.store.keep(transaction)
