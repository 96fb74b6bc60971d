"""Transfers and reversals: asked of the provider, and their answers kept and posted."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from app.domains.ledger import operations as ledger
from app.domains.orders.queries import get_order
from app.domains.payments.ports import (
    PaymentProvider,
    ProviderRefusedError,
    ProviderUnavailableError,
)
from app.domains.payments.transfers import operations as transfers
from app.domains.payments.transfers.queries import (
    ReversalRecord,
    TransferRecord,
    get_reversal,
    get_transfer,
)
from app.domains.payments.transfers.rules import LOOK_AGAIN, OPEN, TransferState, may_send_again
from app.foundation.database import ShopScope
from app.foundation.flags import is_money_stopped
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork, run_in_unit, unit_of_work

log = structlog.get_logger(__name__)
_STILL_AT_WORK = {"idempotency_key_in_use", "lock_timeout"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said: its id of what it did, why it refused, or neither: nobody knows."""

    provider_id: str = ""
    failure: str = ""

    @property
    def state(self) -> TransferState:
        """What follows from it."""
        if self.provider_id:
            return TransferState.DONE
        return TransferState.REFUSED if self.failure else TransferState.UNKNOWN


def _ask(what: str, our_id: UUID, call: Callable[[], str]) -> Answer:
    """Ask the provider; `call` returns its id, or "" where it has none and may not be asked again."""
    try:
        provider_id = call()
    except ProviderUnavailableError:
        return Answer()
    except ProviderRefusedError as refusal:
        log.warning("payout refused", what=what, id=str(our_id), code=refusal.code)
        return Answer(failure="" if refusal.code in _STILL_AT_WORK else refusal.code)
    if not provider_id:
        log.error("payout needs a person", what=what, id=str(our_id))
    return Answer(provider_id)


def pursue_transfer(scope: ShopScope, *, transfer_id: UUID) -> TransferState:
    """Ask the provider for a transfer, or about it, and keep the answer. Safe at any time."""
    with unit_of_work(scope) as unit:
        transfer = get_transfer(unit, transfer_id)
        is_stopped, now = is_money_stopped(unit), unit.now
    if is_stopped or transfer.state not in OPEN:
        return transfer.state
    may_send = may_send_again(transfer.planned_at, now)
    answer = _ask("transfer", transfer_id, lambda: _send(transfer, may_send=may_send))
    return run_in_unit(scope, lambda unit: _keep_transfer(unit, transfer_id, answer))


def _send(transfer: TransferRecord, *, may_send: bool) -> str:
    """Return the provider's id; after a day we look it up and never send it again: "" for none."""
    provider = port(PaymentProvider)
    if transfer.state is TransferState.UNKNOWN or not may_send:
        found = provider.find_transfer(subject_id=transfer.subject_id, transfer_id=transfer.id)
        if found or not may_send:
            return found
    return provider.transfer(
        transfer.account_id, transfer_id=transfer.id, amount=transfer.amount,
        subject_id=transfer.subject_id, charge_id=transfer.charge_id,
    )  # fmt: skip


def _keep_transfer(unit: UnitOfWork, transfer_id: UUID, answer: Answer) -> TransferState:
    subject_id = get_transfer(unit, transfer_id).subject_id
    order = get_order(unit, subject_id, for_update=True)
    transfer = get_transfer(unit, transfer_id, for_update=True)
    if transfer.state not in OPEN:
        return transfer.state
    to = answer.state
    if to is TransferState.UNKNOWN and transfer.state is to:
        transfers.look_at_transfer_later(unit, transfer_id=transfer_id, wait=LOOK_AGAIN)
        return to
    transfers.step_transfer(
        unit, transfer=transfer, to=to, provider_id=answer.provider_id, failure=answer.failure
    )
    if to is TransferState.DONE:
        ledger.post_transfer(
            unit, transfer_id=transfer_id, order_id=order.id, amount=transfer.amount,
            reference=answer.provider_id,
        )  # fmt: skip
    return to


def pursue_reversal(scope: ShopScope, *, reversal_id: UUID) -> TransferState:
    """Ask the provider to bring transferred money back; refused, the seller goes on owing it."""
    with unit_of_work(scope) as unit:
        reversal = get_reversal(unit, reversal_id)
        is_stopped, now = is_money_stopped(unit), unit.now
    if is_stopped or reversal.state not in OPEN:
        return reversal.state
    may_send = may_send_again(reversal.planned_at, now)
    answer = _ask("reversal", reversal_id, lambda: _bring_back(reversal, may_send=may_send))
    return run_in_unit(scope, lambda unit: _keep_reversal(unit, reversal_id, answer))


def _bring_back(reversal: ReversalRecord, *, may_send: bool) -> str:
    provider = port(PaymentProvider)
    if reversal.state is TransferState.UNKNOWN or not may_send:
        found = provider.find_reversal(reversal.transfer_provider_id, reversal_id=reversal.id)
        if found or not may_send:
            return found
    return provider.reverse_transfer(
        reversal.transfer_provider_id, reversal_id=reversal.id, amount=reversal.amount
    )


def _keep_reversal(unit: UnitOfWork, reversal_id: UUID, answer: Answer) -> TransferState:
    order = get_order(unit, get_reversal(unit, reversal_id).subject_id, for_update=True)
    reversal = get_reversal(unit, reversal_id, for_update=True)
    if reversal.state not in OPEN:
        return reversal.state
    to = answer.state
    if to is TransferState.UNKNOWN and reversal.state is to:
        transfers.look_at_reversal_later(unit, reversal_id=reversal_id, wait=LOOK_AGAIN)
        return to
    transfers.step_reversal(
        unit, reversal=reversal, to=to, provider_id=answer.provider_id, failure=answer.failure
    )
    if to is TransferState.DONE:
        ledger.post_transfer_reversed(
            unit, reversal_id=reversal_id, order_id=order.id, amount=reversal.amount,
            reference=answer.provider_id,
        )  # fmt: skip
    return to
