"""Who may do what, on one page: each permission a sentence, each role its permissions.

docs/roles.md is this page as a table; `./galleria roles` writes it, `./galleria check` compares it.
A shop's people may be given a role of the shop's own making instead: a name and some of the shop's
permissions (memberships/). Nobody gives what they do not have themselves (ASVS 8.2.1, BOX-8).
"""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext

from app.domains.accounts.rules import Role


class Permission(StrEnum):
    """Something a signed-in person may do, in a shop or on the platform."""

    SEE_OWN_RIGHTS = "see_own_rights"

    SEE_ORDERS = "see_orders"
    SEND_ORDERS = "send_orders"
    REFUND = "refund"
    APPROVE_REFUNDS = "approve_refunds"
    SEE_CUSTOMERS = "see_customers"
    ANSWER_BUYERS = "answer_buyers"
    ARRANGE_SERVICE = "arrange_service"

    SEE_PRODUCTS = "see_products"
    CHANGE_PRODUCTS = "change_products"
    COUNT_OWN_STOCK = "count_own_stock"
    SEE_ANALYTICS = "see_analytics"
    CHANGE_PROMOTIONS = "change_promotions"

    CHANGE_PROFILE = "change_profile"

    SEE_BALANCE = "see_balance"
    SET_UP_PAYOUTS = "set_up_payouts"

    SEE_PEOPLE = "see_people"
    MANAGE_PEOPLE = "manage_people"
    VIEW_AS = "view_as"
    TRANSFER_SHOP = "transfer_shop"
    SEE_LOG = "see_log"
    MANAGE_TOKENS = "manage_tokens"
    EXPORT_SHOP = "export_shop"
    ERASE_SHOP = "erase_shop"

    SEE_SHOPS = "see_shops"
    SUSPEND_SHOPS = "suspend_shops"
    SEE_FAILURES = "see_failures"
    RESEND_FAILED = "resend_failed"
    SEE_BOOKS = "see_books"
    LIFT_STOPS = "lift_stops"
    SEE_APPROVALS = "see_approvals"
    APPROVE_FOR_SHOPS = "approve_for_shops"
    POST_JOURNALS = "post_journals"
    APPROVE_JOURNALS = "approve_journals"
    ASK_PROVIDER = "ask_provider"
    SEE_PLATFORM_PEOPLE = "see_platform_people"
    GRANT_PLATFORM_ROLES = "grant_platform_roles"
    SEE_ALL_LOGS = "see_all_logs"


_P = Permission

OF_SHOP: dict[Permission, Any] = {
    _P.SEE_OWN_RIGHTS: lazy_gettext("See what they themselves may do in the shop."),
    _P.SEE_ORDERS: lazy_gettext("See the shop's orders and the buyers' addresses in them."),
    _P.SEND_ORDERS: lazy_gettext("Say that an order's pieces left, and take that back."),
    _P.REFUND: lazy_gettext("Give a buyer's money back; large amounts need a second person."),
    _P.APPROVE_REFUNDS: lazy_gettext("Approve or decline large refunds that others asked for."),
    _P.SEE_CUSTOMERS: lazy_gettext("See the shop's own customers and what they bought here."),
    _P.ANSWER_BUYERS: lazy_gettext("Read and answer what buyers write to the shop."),
    _P.ARRANGE_SERVICE: lazy_gettext("Arrange personal delivery and service for a buyer."),
    _P.SEE_PRODUCTS: lazy_gettext("See all products and stock, published or not."),
    _P.CHANGE_PRODUCTS: lazy_gettext("Change products and stock, and import product files."),
    _P.COUNT_OWN_STOCK: lazy_gettext("See and count the stock of the pieces they supply."),
    _P.SEE_ANALYTICS: lazy_gettext("See visits, sales and what sells, as figures without names."),
    _P.CHANGE_PROMOTIONS: lazy_gettext("Make and end promotions and discount codes."),
    _P.CHANGE_PROFILE: lazy_gettext(
        "Change what the shop says of itself: name, texts, pictures and imprint."
    ),
    _P.SEE_BALANCE: lazy_gettext("See what the shop has earned, what is held and why."),
    _P.SET_UP_PAYOUTS: lazy_gettext("Connect the shop with Stripe, so that money can be paid out."),
    _P.SEE_PEOPLE: lazy_gettext("See who works for the shop, and with which rights."),
    _P.MANAGE_PEOPLE: lazy_gettext("Invite people, change their roles, and let them go."),
    _P.VIEW_AS: lazy_gettext("See the console as another role sees it."),
    _P.TRANSFER_SHOP: lazy_gettext("Hand the shop over to another owner."),
    _P.SEE_LOG: lazy_gettext("See who did what in the shop."),
    _P.MANAGE_TOKENS: lazy_gettext("Make and withdraw the shop's keys for programs."),
    _P.EXPORT_SHOP: lazy_gettext("Take everything of the shop along in one file."),
    _P.ERASE_SHOP: lazy_gettext("Close the shop for good and have it erased."),
}
"""What one may do in a shop, a sentence each; a view that names one names a shop in its address."""

OF_PLATFORM: dict[Permission, Any] = {
    _P.SEE_SHOPS: lazy_gettext("See all shops and their newest orders; no buyer's data."),
    _P.SUSPEND_SHOPS: lazy_gettext("Close a shop's doors for now, and open them again."),
    _P.SEE_FAILURES: lazy_gettext("See what failed, and the newest messages of providers."),
    _P.RESEND_FAILED: lazy_gettext("Let what failed be tried again."),
    _P.SEE_BOOKS: lazy_gettext(
        "See the ledger's rules checked over all shops, and what was corrected by hand."
    ),
    _P.LIFT_STOPS: lazy_gettext("Let a shop's stopped money go on, with a reason."),
    _P.SEE_APPROVALS: lazy_gettext("See which large amounts wait for a second person."),
    _P.APPROVE_FOR_SHOPS: lazy_gettext("Decide on a large refund where a shop has nobody else."),
    _P.POST_JOURNALS: lazy_gettext(
        "Correct a shop's books by hand; large amounts need a second person."
    ),
    _P.APPROVE_JOURNALS: lazy_gettext("Approve or decline large journals written by hand."),
    _P.ASK_PROVIDER: lazy_gettext("Ask Stripe again about money that had no answer."),
    _P.SEE_PLATFORM_PEOPLE: lazy_gettext("See who works for the platform, and as what."),
    _P.GRANT_PLATFORM_ROLES: lazy_gettext("Invite people to the platform and change their roles."),
    _P.SEE_ALL_LOGS: lazy_gettext("See who did what in every shop and on the platform."),
}
"""What one may do on the platform, a sentence each."""

OWNERS_ONLY = frozenset({_P.TRANSFER_SHOP, _P.ERASE_SHOP, _P.VIEW_AS})
"""What no role but the owner's includes, not even one that the shop makes for itself."""

NOT_IN_CUSTOM_ROLES = OWNERS_ONLY | {_P.COUNT_OWN_STOCK}
"""What a shop cannot put into a role of its own; whose pieces one counts belongs to suppliers."""

_SUPPORT = frozenset({_P.SEE_OWN_RIGHTS, _P.SEE_ORDERS, _P.SEE_CUSTOMERS, _P.ANSWER_BUYERS})
_AUDITOR = frozenset(
    {
        _P.SEE_SHOPS,
        _P.SEE_FAILURES,
        _P.SEE_BOOKS,
        _P.SEE_APPROVALS,
        _P.SEE_PLATFORM_PEOPLE,
        _P.SEE_ALL_LOGS,
    }
)

GRANTED: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(OF_SHOP),
    Role.ADMINISTRATOR: frozenset(OF_SHOP) - OWNERS_ONLY - {_P.SET_UP_PAYOUTS},
    Role.CATALOGUE: frozenset({_P.SEE_OWN_RIGHTS, _P.SEE_PRODUCTS, _P.CHANGE_PRODUCTS}),
    Role.ORDERS: frozenset(
        {_P.SEE_OWN_RIGHTS, _P.SEE_ORDERS, _P.SEND_ORDERS, _P.SEE_CUSTOMERS, _P.SEE_PRODUCTS}
    ),
    Role.MARKETING: frozenset({_P.SEE_OWN_RIGHTS, _P.SEE_ANALYTICS, _P.CHANGE_PROMOTIONS}),
    Role.SUPPORT: _SUPPORT,
    Role.CONCIERGE: _SUPPORT | {_P.ARRANGE_SERVICE, _P.SEE_PRODUCTS},
    Role.SUPPLIER: frozenset({_P.SEE_OWN_RIGHTS, _P.COUNT_OWN_STOCK}),
    Role.ADMIN: frozenset(OF_PLATFORM),
    Role.MODERATOR: frozenset({_P.SEE_SHOPS, _P.SUSPEND_SHOPS}),
    Role.FINANCE: frozenset(
        {
            _P.SEE_SHOPS,
            _P.SEE_BOOKS,
            _P.LIFT_STOPS,
            _P.SEE_APPROVALS,
            _P.APPROVE_FOR_SHOPS,
            _P.POST_JOURNALS,
            _P.APPROVE_JOURNALS,
            _P.ASK_PROVIDER,
        }
    ),
    Role.PLATFORM_SUPPORT: frozenset({_P.SEE_SHOPS, _P.SEE_FAILURES, _P.RESEND_FAILED}),
    Role.AUDITOR: _AUDITOR,
}
"""What each role includes. An auditor reads only: no permission of theirs lets a view change."""

ROLE_NAMES: dict[Role, Any] = {
    Role.OWNER: lazy_gettext("Owner"),
    Role.ADMINISTRATOR: lazy_gettext("Administrator"),
    Role.CATALOGUE: lazy_gettext("Catalogue"),
    Role.ORDERS: lazy_gettext("Orders"),
    Role.MARKETING: lazy_gettext("Marketing specialist"),
    Role.SUPPORT: lazy_gettext("Support"),
    Role.CONCIERGE: lazy_gettext("Concierge"),
    Role.SUPPLIER: lazy_gettext("Supplier"),
    Role.CUSTOM: lazy_gettext("Role of the shop's own"),
    Role.ADMIN: lazy_gettext("Admin"),
    Role.MODERATOR: lazy_gettext("Moderator"),
    Role.FINANCE: lazy_gettext("Finance"),
    Role.PLATFORM_SUPPORT: lazy_gettext("Support of the platform"),
    Role.AUDITOR: lazy_gettext("Auditor"),
}

SHOP_ROLES = tuple(role for role in GRANTED if GRANTED[role] <= set(OF_SHOP))
PLATFORM_ROLES = tuple(role for role in GRANTED if GRANTED[role] <= set(OF_PLATFORM))


def may(role: Role | None, permission: Permission) -> bool:
    """Whether a role of ours includes a permission; a shop's own role is read with its row."""
    return role is not None and permission in GRANTED.get(role, ())


def tell_permission(permission: Permission) -> str:
    """Return a permission's sentence in the reader's language."""
    return str(OF_SHOP.get(permission) or OF_PLATFORM[permission])
