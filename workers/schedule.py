"""The schedule: what runs again and again, how often, on which queue. Read it on one screen."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domains.accounts.factors.operations.failures import forget_old_tries
from app.domains.accounts.invitations.operations import forget_old_invitations
from app.domains.accounts.people.operations import forget_old_wishes
from app.domains.accounts.sessions.operations.ending import forget_old_sessions
from app.domains.accounts.tokens.operations import forget_old_tokens
from app.domains.cart.operations import drop_old_carts
from app.domains.checkout.jobs import compare_books, look_at_silent_payments, release_expired_holds
from app.domains.checkout.operations import forget_old_details
from app.domains.fulfilment.jobs import look_at_refunds, settle_sellers, tell_of_parcels
from app.domains.ledger.jobs import watch_all_books, watch_new_journals
from app.domains.payments.card_testing.operations import forget_old_starts
from app.domains.payments.inbox.operations import empty_old_bodies
from app.domains.privacy.erasing import erase_due
from app.domains.search.jobs import fetch_pictures
from app.foundation.database import ShopScope, directory_scope
from app.foundation.events import Queue
from app.foundation.idempotency import empty_old_answers
from app.foundation.sealing.rotation.people import drop_unused_keys
from app.foundation.unit_of_work import unit_of_work
from workers.keys import go_on_changing_keys


def clear_old_carts(scope: ShopScope) -> int:
    """Remove baskets that nobody touched for a month, and what was typed at their checkouts."""
    with unit_of_work(scope) as unit:
        forget_old_details(unit)
        return drop_old_carts(unit)


def forget_old_answers(scope: ShopScope) -> int:
    """Empty the answers to repeated requests older than 30 days."""
    with unit_of_work(scope) as unit:
        return empty_old_answers(unit)


def forget_old_webhooks() -> None:
    """Empty the bodies of messages older than 30 days."""
    with unit_of_work(directory_scope()) as unit:
        empty_old_bodies(unit)


def forget_old_proofs() -> None:
    """Remove counted tries, challenges, used codes and reset links older than a day.

    Of payments that were begun, and cards that were declined, what is older than two hours.
    """
    with unit_of_work(directory_scope()) as unit:
        forget_old_tries(unit)
        forget_old_starts(unit)


def erase_people() -> None:
    """Erase the people whose cooling-off is over."""
    erase_due()


def forget_unused_keys(scope: ShopScope) -> int:
    """Remove keys of guests whose data is gone."""
    with unit_of_work(scope) as unit:
        return drop_unused_keys(unit)


def forget_old_sign_ins() -> None:
    """Remove sessions, codes and links that are over, and history older than 18 months (BOX-14)."""
    with unit_of_work(directory_scope()) as unit:
        forget_old_sessions(unit)
        forget_old_wishes(unit)
        forget_old_tokens(unit)


def forget_answered_invitations() -> None:
    """Remove invitations that are over for a month, and the addresses of those nobody answered."""
    with unit_of_work(directory_scope()) as unit:
        forget_old_invitations(unit)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job that runs every so many seconds: for each shop, or once for all."""

    name: str
    every_seconds: int
    queue: Queue
    run_for_shop: Callable[[ShopScope], int] | None = None
    run_once: Callable[[], None] | None = None


SCHEDULE: tuple[Scheduled, ...] = (
    Scheduled("release_expired_holds", 5, "money", release_expired_holds),
    Scheduled("look_at_silent_payments", 10, "money", look_at_silent_payments),
    Scheduled("look_at_refunds", 10, "money", look_at_refunds),
    Scheduled("tell_of_parcels", 30, "mail", tell_of_parcels),
    Scheduled("settle_sellers", 60, "money", settle_sellers),
    Scheduled("watch_new_journals", 60, "money", run_once=watch_new_journals),
    Scheduled("watch_all_books", 3600, "default", run_once=watch_all_books),
    Scheduled("compare_books", 3600, "default", compare_books),
    Scheduled("erase_people", 600, "default", run_once=erase_people),
    Scheduled("fetch_pictures", 15, "default", fetch_pictures),
    Scheduled("clear_old_carts", 3600, "default", clear_old_carts),
    Scheduled("change_keys", 60, "default", run_once=go_on_changing_keys),
    Scheduled("forget_unused_keys", 3600, "default", forget_unused_keys),
    Scheduled("forget_old_answers", 3600, "default", forget_old_answers),
    Scheduled("forget_old_sign_ins", 600, "default", run_once=forget_old_sign_ins),
    Scheduled("forget_invitations", 3600, "default", run_once=forget_answered_invitations),
    Scheduled("forget_old_webhooks", 3600, "default", run_once=forget_old_webhooks),
    Scheduled("forget_old_proofs", 3600, "default", run_once=forget_old_proofs),
)
