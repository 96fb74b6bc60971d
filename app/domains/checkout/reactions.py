"""What follows a provider's message: look at the payment, or at the connected account."""

from app.domains.checkout.confirmation.confirming import confirm_payment
from app.domains.fulfilment.refunding.pursuing import look_at_refunds_of
from app.domains.fulfilment.settling.accounts import keep_account
from app.domains.payments.events import WebhookStored
from app.domains.payments.inbox.operations import StoredMessage, get_message, mark_handled
from app.domains.payments.ports import PaymentProvider
from app.domains.payments.queries import find_connected_account, find_payment_id
from app.foundation.database import PlatformScope, ShopScope
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import find_shop_by_id

_OF_PAYMENTS = ("payment_intent.", "charge.", "refund.")
_OF_REFUNDS = ("refund.", "charge.refund")
_OF_ACCOUNTS = ("account.", "v2.core.account")


def apply_webhook(scope: PlatformScope, event: WebhookStored) -> None:
    """Enter the shop that the object's metadata names, and look at the object there."""
    with unit_of_work(scope) as unit:
        message = get_message(unit, event.message_id)
        shop = find_shop_by_id(unit, message.shop_id) if message.shop_id else None
    is_ours = shop is not None and _apply(shop.scope, message)
    with unit_of_work(scope) as unit:
        mark_handled(unit, message_id=message.id, state="applied" if is_ours else "ignored")


def _apply(shop: ShopScope, message: StoredMessage) -> bool:
    if message.kind.startswith(_OF_ACCOUNTS):
        return refresh_connected_account(shop)
    if not message.kind.startswith(_OF_PAYMENTS):
        return False
    payment_id = message.payment_id
    if payment_id is None:
        with unit_of_work(shop) as unit:
            payment_id = find_payment_id(unit, provider_id=message.object_id)
    if payment_id is None:
        return False
    confirm_payment(shop, payment_id=payment_id)
    if message.kind.startswith(_OF_REFUNDS):
        look_at_refunds_of(shop, payment_id=payment_id)
    return True


def refresh_connected_account(shop: ShopScope) -> bool:
    """Ask the provider whether the shop's account may receive transfers now."""
    with unit_of_work(shop) as unit:
        account = find_connected_account(unit)
    if account is None:
        return False
    current = port(PaymentProvider).fetch_account(account.provider_id)
    keep_account(shop, known=account, current=current)
    return True
