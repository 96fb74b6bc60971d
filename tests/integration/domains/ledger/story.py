"""One order's money, step by step: goods 100, shipping 10, tax 22; commission 10; fee 4.13 (money.md, 5)."""

from dataclasses import dataclass, field
from uuid import UUID

from app.domains.ledger import operations as ledger
from app.domains.ledger.queries import get_balance_sheet, get_order_standing
from app.domains.ledger.rules import Allocation
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from app.foundation.unit_of_work import unit_of_work

WHOLE = (10000, 1000, 2200)


def euros(amount: int) -> Money:
    return Money(amount, "EUR")


def split(seller: int, commission: int, tax: int) -> Allocation:
    return Allocation(euros(seller), euros(commission), euros(tax))


@dataclass
class Story:
    """An order of a shop; each step is a transaction of its own."""

    scope: object
    order_id: UUID = field(default_factory=new_id)
    payment_id: UUID = field(default_factory=new_id)

    def post(self, operation, **facts):
        with unit_of_work(self.scope) as unit:
            operation(unit, order_id=self.order_id, **facts)

    def authorise(self, amount=13200):
        self.post(ledger.post_authorise, payment_id=self.payment_id, amount=euros(amount))
        return self

    def void(self, amount=13200):
        self.post(ledger.post_void, payment_id=self.payment_id, amount=euros(amount))
        return self

    def capture(self, parts=WHOLE, authorised=13200, charge="ch_1", jurisdiction="DE"):
        self.post(
            ledger.post_capture, payment_id=self.payment_id, amount=euros(sum(parts)),
            authorised=euros(authorised), allocation=split(*parts), charge=charge,
            jurisdiction=jurisdiction,
        )  # fmt: skip
        return self

    def fee(self, transaction, amount=413):
        self.post(ledger.post_fee, transaction=transaction, amount=euros(amount))
        return self

    def available(self, transaction, amount=12787):
        self.post(ledger.post_funds_available, transaction=transaction, amount=euros(amount))
        return self

    def release(self, seller=10000, commission=1000):
        self.post(ledger.post_release, seller=euros(seller), commission=euros(commission))
        return self

    def transfer(self, amount=10000, transfer_id=None):
        self.post(ledger.post_transfer, transfer_id=transfer_id or new_id(), amount=euros(amount))
        return self

    def net(self, amount):
        self.post(ledger.post_netting, netting_id=new_id(), amount=euros(amount))
        return self

    def reverse(self, amount=10000, reversal_id=None):
        self.post(
            ledger.post_transfer_reversed, reversal_id=reversal_id or new_id(), amount=euros(amount)
        )
        return self

    def refund(self, parts=WHOLE, refund_id=None):
        self.post(ledger.post_refund, refund_id=refund_id or new_id(), allocation=split(*parts))
        return self

    def refund_succeeds(self, transaction, amount=13200):
        self.post(ledger.post_refund_succeeded, transaction=transaction, amount=euros(amount))
        return self

    def refund_fails(self, transaction, amount=13200):
        self.post(ledger.post_refund_failed, transaction=transaction, amount=euros(amount))
        return self

    def standing(self):
        with unit_of_work(self.scope) as unit:
            return get_order_standing(unit, order_id=self.order_id)

    def sheet(self):
        with unit_of_work(self.scope) as unit:
            return get_balance_sheet(unit, currency="EUR")


def paid(scope) -> Story:
    """An order that is authorised and captured."""
    return Story(scope).authorise().capture()


def transaction() -> str:
    """A balance transaction's id, of its own."""
    return f"txn_{new_id().hex}"
