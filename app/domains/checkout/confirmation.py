"""Confirming payments: one function, whoever calls it (the return page, a webhook, the poller).

Three steps, never a call inside a transaction: commit what we intend, call the provider with our
own id as idempotency key, commit its answer (docs/architecture.md, "the life of a write"). The
intent is fetched anew each time; messages only tell us to look.
"""

from collections.abc import Callable
from uuid import UUID

import structlog

from app.domains.cart.operations import mark_ordered
from app.domains.checkout.operations import find_cart_id_of_order
from app.domains.checkout.ports import PlatformTerms
from app.domains.checkout.rules import Action, next_action
from app.domains.inventory.operations import claim_stock, release_holds, return_stock
from app.domains.ledger import operations as ledger
from app.domains.ledger.rules import Allocation, allocate
from app.domains.orders.operations import (
    cancel_order,
    confirm_order,
    mark_authorised,
    mark_refunded,
)
from app.domains.orders.queries import OrderRecord, get_order, list_lines
from app.domains.orders.rules import PaymentStanding
from app.domains.payments.errors import MoneyStoppedError, PaymentUnavailableError
from app.domains.payments.operations import attach_intent, look_later, note_fee, step, stop_looking
from app.domains.payments.ports import (
    IntentSnapshot,
    NewIntent,
    PaymentProvider,
    ProviderRefusedError,
    ProviderUnavailableError,
)
from app.domains.payments.queries import PaymentRecord, get_payment
from app.domains.payments.rules import ENDED, GIVE_UP_AFTER, WAITING_FOR_BUYER, PaymentState
from app.foundation.database import ShopScope
from app.foundation.flags import is_money_stopped
from app.foundation.ports import port
from app.foundation.unit_of_work import UnitOfWork, run_in_unit, unit_of_work

log = structlog.get_logger(__name__)

FIRST_LOOK_SECONDS = 5.0
MOST_STEPS = 4
"""How many times one call goes round: claim, capture, settle, and one to spare."""


def begin_payment(scope: ShopScope, *, payment_id: UUID) -> PaymentRecord:
    """Make sure that a payment has its intent at the provider; return it with its client secret.

    Raises PaymentUnavailableError where the provider does not answer, MoneyStoppedError where the
    shop's money is halted; nothing is lost by either.
    """
    with unit_of_work(scope) as unit:
        payment = get_payment(unit, payment_id)
        is_stopped = is_money_stopped(unit)
    if is_stopped and payment.state in WAITING_FOR_BUYER:
        raise MoneyStoppedError
    if payment.provider_id or payment.state not in WAITING_FOR_BUYER:
        return payment
    intent = _ask(
        scope, payment, lambda provider: provider.create_intent(_new_intent(scope, payment))
    )
    return run_in_unit(scope, lambda unit: _keep_intent(unit, payment_id, intent))


def _new_intent(scope: ShopScope, payment: PaymentRecord) -> NewIntent:
    return NewIntent(payment.id, scope.shop_id, payment.subject_id, payment.amount)


def _ask(
    scope: ShopScope,
    payment: PaymentRecord,
    call: Callable[[PaymentProvider], IntentSnapshot],
) -> IntentSnapshot:
    """Ask the provider; where it does not answer, look again soon: `unknown` is no failure."""
    try:
        return call(port(PaymentProvider))
    except ProviderUnavailableError as error:
        run_in_unit(scope, lambda unit: _note_silence(unit, payment.id))
        raise PaymentUnavailableError from error


def _note_silence(unit: UnitOfWork, payment_id: UUID) -> None:
    payment = get_payment(unit, payment_id, for_update=True)
    if payment.state is PaymentState.CREATED:
        step(unit, payment=payment, to=PaymentState.UNKNOWN)
    look_later(unit, payment_id=payment_id, seconds=FIRST_LOOK_SECONDS)


def _keep_intent(unit: UnitOfWork, payment_id: UUID, intent: IntentSnapshot) -> PaymentRecord:
    payment = get_payment(unit, payment_id, for_update=True)
    if not payment.provider_id and payment.state in {PaymentState.CREATED, PaymentState.UNKNOWN}:
        attach_intent(unit, payment=payment, intent=intent)
    return get_payment(unit, payment_id)


def confirm_payment(scope: ShopScope, *, payment_id: UUID) -> PaymentState:
    """Look at a payment's intent and do what follows from it, until nothing more does.

    Safe to call at any time, by several callers at once. Raises PaymentUnavailableError where the
    provider does not answer.
    """
    with unit_of_work(scope) as unit:
        payment = get_payment(unit, payment_id)
        stopped = is_money_stopped(unit)
    intent = _look_up(scope, payment)
    if intent is None:
        return payment.state
    for _ in range(MOST_STEPS):
        act = run_in_unit(scope, _applying(payment_id, intent, is_stopped=stopped))
        if act is None:
            break
        intent = _ask(scope, payment, act)
    with unit_of_work(scope) as unit:
        return get_payment(unit, payment_id).state


def _look_up(scope: ShopScope, payment: PaymentRecord) -> IntentSnapshot | None:
    """Return the intent as it is now; find one whose creation was never answered."""
    if payment.provider_id:
        return _ask(scope, payment, lambda provider: provider.fetch_intent(payment.provider_id))
    try:
        found = port(PaymentProvider).find_intent(payment.id)
    except ProviderUnavailableError as error:
        run_in_unit(scope, lambda unit: _note_silence(unit, payment.id))
        raise PaymentUnavailableError from error
    if found is None:
        run_in_unit(scope, lambda unit: _close_unborn(unit, payment.id))
        return None
    if payment.state in WAITING_FOR_BUYER:
        run_in_unit(scope, lambda unit: _keep_intent(unit, payment.id, found))
    return found


Follow = Callable[[PaymentProvider], IntentSnapshot]


def _applying(
    payment_id: UUID, intent: IntentSnapshot, *, is_stopped: bool
) -> Callable[[UnitOfWork], Follow | None]:
    return lambda unit: _apply(unit, payment_id, intent, is_stopped=is_stopped)


def _apply(
    unit: UnitOfWork, payment_id: UUID, intent: IntentSnapshot, *, is_stopped: bool
) -> Follow | None:
    """Commit what follows from the intent; return the call to the provider that comes next."""
    subject_id = get_payment(unit, payment_id).subject_id
    order = get_order(unit, subject_id, for_update=True)
    payment = get_payment(unit, payment_id, for_update=True)
    action = next_action(payment.state, intent.status, has_failed=bool(intent.failure))
    if action is Action.NOTHING or (is_stopped and action in {Action.CLAIM, Action.CAPTURE}):
        return _wait(unit, order, payment)
    return _DO[action](unit, order, payment, intent)


def _wait(unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord) -> Follow | None:
    """Look again later, unless it has ended; give up one that the buyer has left for good."""
    if payment.state in ENDED:
        stop_looking(unit, payment_id=payment.id)
        return None
    age = unit.now - payment.created_at
    if payment.state in WAITING_FOR_BUYER and age > GIVE_UP_AFTER:
        return _give_up(unit, order, payment)
    look_later(unit, payment_id=payment.id, seconds=max(20.0, age.total_seconds() / 4))
    return None


def _give_up(unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord) -> Follow | None:
    release_holds(unit, subject_id=order.id)
    step(unit, payment=payment, to=PaymentState.VOIDING)
    if order.payment_state is PaymentStanding.AWAITING:
        cancel_order(unit, order_id=order.id, state=order.payment_state, reason="abandoned")
    return _cancelling(payment)


def _close_unborn(unit: UnitOfWork, payment_id: UUID) -> None:
    """Close a payment whose intent never came to be, once the buyer cannot be waiting for it."""
    subject_id = get_payment(unit, payment_id).subject_id
    order = get_order(unit, subject_id, for_update=True)
    payment = get_payment(unit, payment_id, for_update=True)
    if payment.state is PaymentState.VOIDING:
        step(unit, payment=payment, to=PaymentState.VOIDED, look_at=None)
        return
    if unit.now - payment.created_at <= GIVE_UP_AFTER:
        look_later(unit, payment_id=payment_id, seconds=60)
        return
    release_holds(unit, subject_id=order.id)
    step(unit, payment=payment, to=PaymentState.EXPIRED, look_at=None)
    if order.payment_state is PaymentStanding.AWAITING:
        cancel_order(unit, order_id=order.id, state=order.payment_state, reason="abandoned")


def _claim(unit: UnitOfWork, order: OrderRecord) -> bool:
    wanted: dict[UUID, int] = {}
    for line in list_lines(unit, order.id):
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    is_open = order.payment_state is PaymentStanding.AWAITING
    return is_open and claim_stock(unit, subject_id=order.id, wanted=wanted)


def _do_claim(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    is_claimed = _claim(unit, order)
    to = PaymentState.CAPTURING if is_claimed else PaymentState.VOIDING
    step(unit, payment=payment, to=to, authorised=intent.amount.amount, failure="",
         charge_id=intent.charge_id, capture_before=intent.capture_before)  # fmt: skip
    if is_claimed:
        mark_authorised(unit, order_id=order.id, state=order.payment_state)
        _close_cart(unit, order)
    elif order.payment_state is PaymentStanding.AWAITING:
        cancel_order(unit, order_id=order.id, state=order.payment_state, reason="gone")
    ledger.post_authorise(unit, payment_id=payment.id, order_id=order.id, amount=intent.amount)
    return _capturing(payment) if is_claimed else _cancelling(payment)


def _close_cart(unit: UnitOfWork, order: OrderRecord) -> None:
    cart_id = find_cart_id_of_order(unit, order_id=order.id)
    if cart_id:
        mark_ordered(unit, cart_id=cart_id)


def _do_claim_paid(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    """Handle a method that took the money at once (iDEAL): keep it, or give it back."""
    is_claimed = _claim(unit, order)
    step(unit, payment=payment, to=PaymentState.CAPTURED if is_claimed else PaymentState.REFUNDING,
         authorised=intent.amount.amount, captured=intent.captured.amount, failure="",
         charge_id=intent.charge_id)  # fmt: skip
    if is_claimed:
        confirm_order(unit, order_id=order.id, state=order.payment_state)
        _close_cart(unit, order)
    elif order.payment_state is PaymentStanding.AWAITING:
        cancel_order(unit, order_id=order.id, state=order.payment_state, reason="gone")
    ledger.post_authorise(unit, payment_id=payment.id, order_id=order.id, amount=intent.amount)
    _post_capture(unit, order, payment, intent)
    if is_claimed:
        return None
    _post_refund(unit, order, payment)
    return _refunding(payment)


def _do_settle(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    step(unit, payment=payment, to=PaymentState.CAPTURED, captured=intent.captured.amount,
         charge_id=intent.charge_id, look_at=None)  # fmt: skip
    confirm_order(unit, order_id=order.id, state=order.payment_state)
    _post_capture(unit, order, payment, intent)
    return None


def _post_capture(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> None:
    ledger.post_capture(
        unit,
        payment_id=payment.id,
        order_id=order.id,
        amount=intent.captured,
        authorised=intent.amount,
        allocation=_allocation(order),
        charge=intent.charge_id,
        jurisdiction=order.country,
    )
    _post_fee(unit, order, payment, intent)


def _allocation(order: OrderRecord) -> Allocation:
    terms = port(PlatformTerms)
    return allocate(
        total=order.total, tax=order.tax, commission_basis_points=terms.commission_basis_points
    )


def _post_fee(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> None:
    """Post the provider's fee once it is known; ask again until it is."""
    if payment.fee_transaction:
        return
    if intent.fee is None:
        look_later(unit, payment_id=payment.id, seconds=30)
        return
    if intent.fee:
        ledger.post_fee(
            unit, transaction=intent.fee_transaction, order_id=order.id, amount=intent.fee
        )
    note_fee(unit, payment_id=payment.id, transaction=intent.fee_transaction)


def _do_fee(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    """Post the fee of a captured payment; once it is posted, there is nothing to look for."""
    _post_fee(unit, order, payment, intent)
    if intent.fee is not None:
        stop_looking(unit, payment_id=payment.id)
    return None


def _do_close(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    """Give everything back: the provider has cancelled, by our wish or because time ran out."""
    was_capturing = payment.state in {PaymentState.CAPTURING, PaymentState.CAPTURE_FAILED}
    to = PaymentState.VOIDED if payment.state is PaymentState.VOIDING else PaymentState.EXPIRED
    step(unit, payment=payment, to=to, look_at=None)
    if was_capturing:
        sold = {line.variant_id: line.quantity for line in list_lines(unit, order.id)}
        return_stock(unit, quantities=sold)
    release_holds(unit, subject_id=order.id)
    if order.payment_state in {PaymentStanding.AWAITING, PaymentStanding.AUTHORISED}:
        cancel_order(unit, order_id=order.id, state=order.payment_state, reason="payment_ended")
    if payment.authorised:
        ledger.post_void(unit, payment_id=payment.id, order_id=order.id, amount=intent.amount)
    return None


def _do_capture(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    del order, intent
    look_later(unit, payment_id=payment.id, seconds=FIRST_LOOK_SECONDS)
    return _capturing(payment)


def _do_cancel(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    """Cancel at the provider; what it had authorised meanwhile is posted, to be voided."""
    look_later(unit, payment_id=payment.id, seconds=FIRST_LOOK_SECONDS)
    del order, intent
    return _cancelling(payment)


def _do_refund(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    """Give back money that came for pieces which are gone."""
    if payment.state is PaymentState.VOIDING:
        step(unit, payment=payment, to=PaymentState.REFUNDING, captured=intent.captured.amount,
             authorised=intent.amount.amount, charge_id=intent.charge_id)  # fmt: skip
        if not payment.authorised:
            ledger.post_authorise(
                unit, payment_id=payment.id, order_id=order.id, amount=intent.amount
            )
        _post_capture(unit, order, payment, intent)
        _post_refund(unit, order, payment)
    if intent.refunded.amount >= intent.captured.amount > 0:
        return _finish_refund(unit, order, payment, intent)
    look_later(unit, payment_id=payment.id, seconds=FIRST_LOOK_SECONDS)
    return _refunding(payment)


def _post_refund(unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord) -> None:
    ledger.post_refund(unit, refund_id=payment.id, order_id=order.id, allocation=_allocation(order))


def _finish_refund(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    current = get_payment(unit, payment.id)
    step(unit, payment=current, to=PaymentState.REFUNDED, refunded=intent.refunded.amount,
         look_at=None)  # fmt: skip
    if order.payment_state is PaymentStanding.CONFIRMED:
        mark_refunded(unit, order_id=order.id, state=order.payment_state)
    ledger.post_refund_succeeded(
        unit, transaction=intent.refund_transaction, order_id=order.id, amount=intent.refunded
    )
    return None


def _do_note_failure(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    if payment.state is not PaymentState.FAILED or payment.failure != intent.failure:
        if payment.state is PaymentState.FAILED:
            return _wait(unit, order, payment)
        step(unit, payment=payment, to=PaymentState.FAILED, failure=intent.failure)
        return None
    return _wait(unit, order, payment)


def _do_note_action(
    unit: UnitOfWork, order: OrderRecord, payment: PaymentRecord, intent: IntentSnapshot
) -> Follow | None:
    del intent
    if payment.state in {PaymentState.AUTHORISING, PaymentState.FAILED}:
        step(unit, payment=payment, to=PaymentState.REQUIRES_ACTION)
        return None
    return _wait(unit, order, payment)


def _capturing(payment: PaymentRecord) -> Follow:
    return lambda provider: _tolerant(
        provider, payment,
        lambda: provider.capture(payment.provider_id, payment_id=payment.id, amount=payment.amount),
    )  # fmt: skip


def _cancelling(payment: PaymentRecord) -> Follow:
    return lambda provider: _tolerant(
        provider, payment, lambda: provider.cancel(payment.provider_id, payment_id=payment.id)
    )


def _refunding(payment: PaymentRecord) -> Follow:
    def refund(provider: PaymentProvider) -> IntentSnapshot:
        provider.refund(payment.provider_id, refund_id=payment.id, amount=payment.amount)
        return provider.fetch_intent(payment.provider_id)

    return refund


def _tolerant(
    provider: PaymentProvider, payment: PaymentRecord, call: Callable[[], IntentSnapshot]
) -> IntentSnapshot:
    """Take a refusal as a reason to look: the intent has moved on, and says where to."""
    try:
        return call()
    except ProviderRefusedError as refusal:
        log.info("provider refused", payment_id=str(payment.id), code=refusal.code)
        return provider.fetch_intent(payment.provider_id)


_DO: dict[
    Action, Callable[[UnitOfWork, OrderRecord, PaymentRecord, IntentSnapshot], Follow | None]
] = {
    Action.CLAIM: _do_claim,
    Action.CLAIM_PAID: _do_claim_paid,
    Action.CAPTURE: _do_capture,
    Action.SETTLE: _do_settle,
    Action.CANCEL: _do_cancel,
    Action.CLOSE: _do_close,
    Action.REFUND: _do_refund,
    Action.NOTE_FAILURE: _do_note_failure,
    Action.NOTE_ACTION: _do_note_action,
    Action.POST_FEE: _do_fee,
}
