"""A shop's account at the provider, as it is now."""

from app.domains.accounts.factors.operations.changes import pause_payouts
from app.domains.accounts.factors.rules import PauseReason
from app.domains.payments.operations import save_connected_account
from app.domains.payments.ports import (
    AccountStatus,
    PaymentProvider,
    ProviderRefusedError,
    ProviderUnavailableError,
)
from app.foundation.database import ShopScope, directory_scope
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work


def ask_account(scope: ShopScope, known: AccountStatus) -> AccountStatus | None:
    """Ask the provider what the shop's account is now, and keep it; None without an answer."""
    try:
        current = port(PaymentProvider).fetch_account(known.provider_id)
    except (ProviderUnavailableError, ProviderRefusedError):
        return None
    keep_account(scope, known=known, current=current)
    return current


def keep_account(scope: ShopScope, *, known: AccountStatus, current: AccountStatus) -> None:
    """Keep what changed of the shop's account; another bank account lets payouts rest first.

    The pause is committed before the change: dying between the two begins the pause again.
    """
    if current == known:
        return
    if known.destination and current.destination != known.destination:
        with unit_of_work(directory_scope()) as unit:
            pause_payouts(unit, shop_id=scope.shop_id, reason=PauseReason.BANK_ACCOUNT)
    with unit_of_work(scope) as unit:
        save_connected_account(unit, account=current)
