"""The log's words in people's language."""

from typing import Any

from flask_babel import gettext, lazy_gettext

from app.domains.accounts.permissions import ROLE_NAMES
from app.domains.accounts.rules import PLATFORM
from app.foundation.audit.origin import GUEST, PROVIDER, SYSTEM
from app.foundation.audit.queries import LogEntry
from app.foundation.audit.rules import AuditKind
from app.foundation.identifiers import parse_id

KINDS: dict[str, Any] = {
    AuditKind.MONEY.value: lazy_gettext("Money and rights"),
    AuditKind.ACCESS.value: lazy_gettext("Looks at personal data"),
    AuditKind.ACTION.value: lazy_gettext("Other actions"),
    AuditKind.SIGN_IN.value: lazy_gettext("Signing in"),
}
MARK_LENGTH = 8
ACTORS: dict[str, Any] = {
    SYSTEM: lazy_gettext("The system"),
    GUEST: lazy_gettext("A visitor without an account"),
    PROVIDER: lazy_gettext("Stripe"),
    "operator": lazy_gettext("An operator, at the command line"),
}
ACTIONS: dict[str, Any] = {
    "order_placed": lazy_gettext("placed an order"),
    "order_authorised": lazy_gettext("promised the order's money"),
    "order_confirmed": lazy_gettext("confirmed an order"),
    "order_cancelled": lazy_gettext("cancelled an order"),
    "order_refunded": lazy_gettext("gave an order's money back"),
    "order_partly_refunded": lazy_gettext("gave a part of an order's money back"),
    "order_shipped": lazy_gettext("sent an order"),
    "order_unsent": lazy_gettext("took back that an order was sent"),
    "order_delivered": lazy_gettext("counted an order as delivered"),
    "order_released": lazy_gettext("released an order's money"),
    "claim_order": lazy_gettext("joined an order to an account"),
    "payment_created": lazy_gettext("began a payment"),
    "payment_authorising": lazy_gettext("asked for a payment's money"),
    "payment_requires_action": lazy_gettext("asked the buyer to confirm a payment"),
    "payment_unknown": lazy_gettext("asks again about a payment"),
    "payment_capturing": lazy_gettext("is taking a payment"),
    "payment_capture_failed": lazy_gettext("noted that a payment could not be taken"),
    "payment_voiding": lazy_gettext("is letting a payment go"),
    "payment_expired": lazy_gettext("noted that a payment expired"),
    "payment_refunding": lazy_gettext("is giving a payment back"),
    "payment_refunded": lazy_gettext("gave a payment back"),
    "payment_captured": lazy_gettext("took a payment"),
    "payment_voided": lazy_gettext("let a payment go"),
    "payment_failed": lazy_gettext("noted that a payment failed"),
    "payment_refund_asked": lazy_gettext("set money aside for a refund"),
    "payment_refund_left": lazy_gettext("sent a refund on its way"),
    "payment_refund_succeeded": lazy_gettext("noted that a refund arrived"),
    "payment_refund_failed": lazy_gettext("noted that a refund came back"),
    "payment_refund_refused": lazy_gettext("noted that a refund was refused"),
    "ask_refund": lazy_gettext("asked for a refund"),
    "ask_approval": lazy_gettext("asked a second person to approve"),
    "refund_approved": lazy_gettext("approved a refund"),
    "refund_declined": lazy_gettext("declined a refund"),
    "refund_withdrawn": lazy_gettext("took the wish for a refund back"),
    "refund_expired": lazy_gettext("let the wish for a refund expire"),
    "journal_approved": lazy_gettext("approved a correction of the books"),
    "journal_declined": lazy_gettext("declined a correction of the books"),
    "journal_withdrawn": lazy_gettext("took the wish for a correction back"),
    "ask_provider_again": lazy_gettext("asked Stripe again"),
    "post_correction": lazy_gettext("corrected the books by hand"),
    "reverse_correction": lazy_gettext("took a correction of the books back"),
    "transfer_planned": lazy_gettext("planned a payout"),
    "transfer_done": lazy_gettext("paid out"),
    "transfer_unknown": lazy_gettext("asks again about a payout"),
    "transfer_refused": lazy_gettext("noted that a payout was refused"),
    "reversal_planned": lazy_gettext("planned to take a payout back"),
    "reversal_done": lazy_gettext("took a payout back"),
    "connected_account_changed": lazy_gettext("changed the account for payouts"),
    "set_up_payouts": lazy_gettext("went to set up payouts"),
    "pause_payouts": lazy_gettext("let payouts rest"),
    "stop_money": lazy_gettext("stopped the shop's money"),
    "resume_money": lazy_gettext("let the shop's money go on"),
    "create_shop": lazy_gettext("made the shop"),
    "shop_open": lazy_gettext("opened the shop's doors"),
    "shop_suspended": lazy_gettext("closed the shop for now"),
    "shop_closed": lazy_gettext("closed the shop for good"),
    "grant_role": lazy_gettext("gave a role"),
    "see_contact": lazy_gettext("looked at a buyer's contact and address"),
    "see_customers": lazy_gettext("looked at the shop's customers"),
    "see_customer_names": lazy_gettext("looked at customers' names in the log"),
    "see_customer": lazy_gettext("looked at a customer"),
    "see_people": lazy_gettext("looked at who works here"),
    "see_person": lazy_gettext("looked at a colleague's rights"),
    "view_as": lazy_gettext("saw the console as another role"),
    "invite": lazy_gettext("invited somebody"),
    "invite_again": lazy_gettext("sent an invitation again"),
    "withdraw_invitation": lazy_gettext("withdrew an invitation"),
    "accept_invitation": lazy_gettext("accepted an invitation"),
    "make_role": lazy_gettext("made a role"),
    "change_role": lazy_gettext("changed a role"),
    "remove_role": lazy_gettext("removed a role"),
    "offer_shop": lazy_gettext("offered the shop to a colleague"),
    "accept_shop": lazy_gettext("became the shop's owner"),
    "end_shop_offer": lazy_gettext("ended the offer of the shop"),
    "revoke_role": lazy_gettext("took a role away"),
    "see_log": lazy_gettext("looked at the log"),
    "send": lazy_gettext("noted that a parcel left"),
    "undo": lazy_gettext("took a parcel back"),
    "make_customer": lazy_gettext("became a customer"),
    "answer_question": lazy_gettext("answered a question about consent"),
    "sign_in": lazy_gettext("signed in"),
    "sign_out": lazy_gettext("signed out"),
    "join": lazy_gettext("made an account"),
    "prove": lazy_gettext("proved who they are"),
    "end_sessions": lazy_gettext("signed out other browsers"),
    "change_profile": lazy_gettext("changed the profile"),
    "ask_to_change_email": lazy_gettext("asked for another e-mail address"),
    "change_email": lazy_gettext("changed the e-mail address"),
    "add_factor": lazy_gettext("added a proof for signing in"),
    "remove_factor": lazy_gettext("removed a proof for signing in"),
    "export_person": lazy_gettext("took their data along"),
    "erase_person": lazy_gettext("erased a person's data"),
    "change_password": lazy_gettext("changed the password"),
    "make_recovery_codes": lazy_gettext("made recovery codes"),
    "use_recovery_code": lazy_gettext("used a recovery code"),
    "add_address": lazy_gettext("added an address"),
    "change_address": lazy_gettext("changed an address"),
    "change_shop_profile": lazy_gettext("changed what the shop says of itself"),
    "put_profile_back": lazy_gettext("put back what the shop said of itself before"),
    "rename_shop": lazy_gettext("gave the shop another name"),
    "make_token": lazy_gettext("made a key for programs"),
    "withdraw_token": lazy_gettext("withdrew a key for programs"),
    "change_keys": lazy_gettext("began to change the keys of personal data"),
    "change_root_key": lazy_gettext("changed the root key"),
    "change_index_key": lazy_gettext("began to change the key of look-ups"),
    "remove_address": lazy_gettext("removed an address"),
}
"""What was done; translations must fit behind any person: "You", "Ada", "The system"."""
OBJECTS: dict[str, Any] = {
    "order": lazy_gettext("Order"),
    "payment": lazy_gettext("Payment"),
    "refund": lazy_gettext("Refund"),
    "correction": lazy_gettext("Correction"),
    "journal": lazy_gettext("Correction"),
    "shipment": lazy_gettext("Parcel"),
    "transfer": lazy_gettext("Payout"),
    "reversal": lazy_gettext("Payout taken back"),
    "connected_account": lazy_gettext("Account for payouts"),
    "shop": lazy_gettext("Shop"),
    "person": lazy_gettext("Person"),
    "platform": lazy_gettext("Platform"),
    "customer": lazy_gettext("Customer"),
    "address": lazy_gettext("Address"),
    "api_token": lazy_gettext("Key for programs"),
    "approval": lazy_gettext("Approval"),
    "invitation": lazy_gettext("Invitation"),
    "role": lazy_gettext("Role"),
    "log": lazy_gettext("Log"),
    "profile": lazy_gettext("What the shop says"),
    "key": lazy_gettext("Key"),
}
PARTS_OF_PROFILE: dict[str, Any] = {
    "texts": lazy_gettext("Texts"),
    "pictures": lazy_gettext("Pictures"),
    "imprint": lazy_gettext("Imprint"),
}
OF_SHOP = frozenset({"order", "refund", "payment", "approval"})
"""Fields whose ids name something of one shop: no person, whose id is the same everywhere."""
OF_OWNERSHIP = frozenset({"offer_shop", "accept_shop", "end_shop_offer"})
"""Acts on a transfer of the shop, which is no payout."""
FIELDS: dict[str, Any] = {
    "amount": lazy_gettext("Amount"),
    "can_receive_transfers": lazy_gettext("Can be paid out"),
    "correction": lazy_gettext("Correction"),
    "city": lazy_gettext("Town or city"),
    "country": lazy_gettext("Country"),
    "craft_html": lazy_gettext("How it is made"),
    "delivery_html": lazy_gettext("Delivery and returns"),
    "count": lazy_gettext("How many"),
    "email": lazy_gettext("E-mail"),
    "factor": lazy_gettext("Proof"),
    "further": lazy_gettext("What else the law asks for"),
    "hero": lazy_gettext("Wide picture"),
    "hero_text": lazy_gettext("Words under the headline"),
    "hero_title": lazy_gettext("Headline of the first page"),
    "legal_name": lazy_gettext("Full legal name"),
    "logo": lazy_gettext("Logo or mark"),
    "method": lazy_gettext("How"),
    "name": lazy_gettext("Name"),
    "order": lazy_gettext("Order"),
    "page": lazy_gettext("Page"),
    "permissions": lazy_gettext("Rights"),
    "phone": lazy_gettext("Telephone"),
    "portrait": lazy_gettext("Tall picture"),
    "postal_code": lazy_gettext("Postcode"),
    "purpose": lazy_gettext("Purpose"),
    "reason": lazy_gettext("Reason"),
    "register": lazy_gettext("Register and number"),
    "represented_by": lazy_gettext("Represented by"),
    "role": lazy_gettext("Role"),
    "seo_description": lazy_gettext("Description for search engines"),
    "shop": lazy_gettext("Shop"),
    "state": lazy_gettext("State"),
    "story_html": lazy_gettext("Story"),
    "street": lazy_gettext("Street and number"),
    "tagline": lazy_gettext("Tagline"),
    "until": lazy_gettext("Until"),
    "vat_id": lazy_gettext("VAT number"),
}
VALUES: dict[str, Any] = {
    **{role.value: name for role, name in ROLE_NAMES.items()},
    "opening": lazy_gettext("opening"),
    "open": lazy_gettext("open"),
    "suspended": lazy_gettext("closed for now"),
    "closed": lazy_gettext("closed"),
    "stopped": lazy_gettext("stopped"),
    "running": lazy_gettext("running"),
    "password": lazy_gettext("with the password"),
    "link": lazy_gettext("with a link by mail"),
    "passkey": lazy_gettext("with a passkey"),
    "app": lazy_gettext("with the app"),
    "recovery_code": lazy_gettext("with a recovery code"),
    "returned": lazy_gettext("Sent back"),
    "damaged": lazy_gettext("Damaged"),
    "not_arrived": lazy_gettext("Not arrived"),
    "goodwill": lazy_gettext("Goodwill"),
    "other": lazy_gettext("Another reason"),
    "commission_returned": lazy_gettext("Commission given back to the shop"),
    "credit": lazy_gettext("Credit to the shop"),
    "charge": lazy_gettext("Charge to the shop"),
    "write_off": lazy_gettext("Writing off what the shop owes"),
    "buyer_repaid": lazy_gettext("Refund that came back, sent by bank"),
    "fee_added": lazy_gettext("Stripe's fee that no message named"),
    "fee_removed": lazy_gettext("Stripe's fee that was given back"),
    "our_mistake": lazy_gettext("Galleria's mistake"),
    "providers_mistake": lazy_gettext("Stripe's mistake"),
    "shops_mistake": lazy_gettext("The shop's mistake"),
    "agreement": lazy_gettext("Agreed with the shop"),
    "uncollectible": lazy_gettext("Cannot be collected"),
    "reconciliation": lazy_gettext("Found when comparing with Stripe"),
}
"""Values that are words of ours; others are shown as they are."""


def tell_action(entry: LogEntry) -> str:
    """Return what was done, in words."""
    return str(ACTIONS.get(entry.action) or entry.action.replace("_", " "))


def tell_name(entry: LogEntry) -> str:
    """Return what an object is called where nothing better is known of it: the end of its id."""
    if entry.object_id == str(PLATFORM):
        return str(gettext("Galleria, platform"))
    if entry.object_kind == "profile":
        return str(PARTS_OF_PROFILE.get(entry.object_id) or entry.object_id)
    if entry.object_kind == "role":
        return str(VALUES.get(entry.object_id) or mark(entry.object_id))
    is_everything = entry.object_kind == "log" and entry.object_id == "all"
    return gettext("all shops") if is_everything else mark(entry.object_id)


def mark(value: str) -> str:
    """Return what an id is shown as: its end, for the ids of one hour begin alike."""
    return f"…{value[-MARK_LENGTH:]}" if parse_id(value) else value


def tell_object(entry: LogEntry) -> str:
    """Return what kind of thing it was done to, in words."""
    if entry.action in OF_OWNERSHIP:
        return str(OBJECTS["shop"])
    return str(OBJECTS.get(entry.object_kind) or entry.object_kind.replace("_", " "))


def tell_field(name: str) -> str:
    """Return a field's name in words."""
    return str(FIELDS.get(name) or name.replace("_", " "))


def tell_value(value: Any) -> Any:
    """Return a value as a page shows it; of what the log keeps as a hash only that there was one."""
    if isinstance(value, str) and value.startswith("#"):
        return gettext("not shown")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(str(tell_value(each)) for each in value)
    return VALUES.get(value, value) if isinstance(value, str) else value
