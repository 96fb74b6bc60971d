"""Who may do what, on one page: each permission a sentence, each role its permissions."""

from enum import StrEnum

from app.domains.accounts.rules import Role


class Permission(StrEnum):
    """Something a signed-in person may do."""

    SEE_ORDERS = "see_orders"
    """See a shop's orders and the buyers' addresses in them."""
    SEND_ORDERS = "send_orders"
    """Say that an order's pieces left, and take that back."""
    SEE_PRODUCTS = "see_products"
    """See a shop's products and stock, published or not."""
    CHANGE_PRODUCTS = "change_products"
    """Change products and stock, and import product files."""
    SEE_BALANCE = "see_balance"
    """See what a shop has earned, what is held and why."""
    SET_UP_PAYOUTS = "set_up_payouts"
    """Connect the shop with Stripe, so that money can be paid out."""
    REFUND = "refund"
    """Give a buyer's money back."""
    RUN_PLATFORM = "run_platform"
    """See and suspend shops, resend what failed, check the ledger."""


_OF_STAFF = frozenset(
    {
        Permission.SEE_ORDERS,
        Permission.SEND_ORDERS,
        Permission.SEE_PRODUCTS,
        Permission.CHANGE_PRODUCTS,
    }
)
_OF_OWNER = _OF_STAFF | {Permission.SEE_BALANCE, Permission.SET_UP_PAYOUTS, Permission.REFUND}

GRANTED: dict[Role, frozenset[Permission]] = {
    Role.STAFF: _OF_STAFF,
    Role.OWNER: _OF_OWNER,
    Role.ADMIN: frozenset({Permission.RUN_PLATFORM}),
}


def may(role: Role | None, permission: Permission) -> bool:
    """Whether a role includes a permission."""
    return role is not None and permission in GRANTED[role]
