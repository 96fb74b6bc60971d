"""The shapes of payments' objects: every key that the real ones carry."""

import secrets
import string
from typing import Any

from tests.simulators.stripe import cards

Shape = dict[str, Any]
API_VERSION = "2026-10-28.endive"
_ALPHABET = string.ascii_letters + string.digits
_NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_NOBODY = {"address": _NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None}


def new_id(prefix: str) -> str:
    """Return an id that looks like Stripe's."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(24))


def listing(data: list[Any], url: str, *, has_more: bool = False) -> Shape:
    """Return a list as v1 gives it."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def _common(kind: str, prefix: str, now: int) -> Shape:
    return {"id": new_id(prefix), "object": kind, "created": now, "livemode": False, "metadata": {}}


def _with(shape: Shape, empty: str, **values: Any) -> Shape:
    return {**dict.fromkeys(empty.split()), **shape, **values}


def payment_intent(now: int, **values: Any) -> Shape:
    """Return a new PaymentIntent."""
    shape = _common("payment_intent", "pi", now)
    shape["client_secret"] = f"{shape['id']}_secret_{secrets.token_hex(12)}"
    return _with(
        shape,
        "application application_fee_amount canceled_at cancellation_reason customer customer_account"
        " description excluded_payment_method_types last_payment_error latest_charge next_action"
        " on_behalf_of payment_method payment_method_configuration_details processing receipt_email"
        " review setup_future_usage shipping source statement_descriptor"
        " statement_descriptor_suffix transfer_data transfer_group",
        amount_capturable=0, amount_received=0, amount_details={"tip": {}},
        automatic_payment_methods=None, capture_method="automatic_async",
        confirmation_method="automatic", payment_method_options={}, payment_method_types=[],
        status="requires_payment_method", managed_payments={"enabled": False},
    ) | values  # fmt: skip


def charge(now: int, prefix: str, **values: Any) -> Shape:
    """Return a new charge: authorised, not yet captured. Those of iDEAL are called `py_…`."""
    shape = _common("charge", prefix, now)
    return _with(
        shape,
        "application application_fee application_fee_amount balance_transaction customer description"
        " failure_balance_transaction failure_code failure_message on_behalf_of payment_intent"
        " payment_method receipt_email receipt_number receipt_url review shipping source"
        " source_transfer statement_descriptor statement_descriptor_suffix transfer_data"
        " transfer_group",
        amount_captured=0, amount_refunded=0, captured=False, disputed=False, fraud_details={},
        billing_details=_NOBODY, calculated_statement_descriptor="STAND-IN", paid=True,
        outcome=outcome("authorized"), refunded=False, status="succeeded",
        refunds=listing([], f"/v1/charges/{shape['id']}/refunds"),
    ) | values  # fmt: skip


def outcome(kind: str, reason: str | None = None) -> Shape:
    """Return how a charge went: `authorized`, `issuer_declined` or `blocked`."""
    said = {
        "authorized": ("approved_by_network", "Payment complete."),
        "issuer_declined": ("declined_by_network", "The bank did not accept the payment."),
        "blocked": ("not_sent_to_network", "The payment was blocked as too risky."),
    }
    network_status, message = said[kind]
    return {
        "type": kind, "network_status": network_status, "reason": reason, "risk_level": "normal",
        "risk_score": 12, "seller_message": message, "advice_code": None,
        "network_advice_code": None, "network_decline_code": None,
    }  # fmt: skip


def payment_method(now: int, kind: str, billing_details: Shape, **values: Any) -> Shape:
    """Return a new payment method; its own facts come under its kind's name."""
    return _with(
        _common("payment_method", "pm", now), "customer customer_account",
        allow_redisplay="unspecified", type=kind, billing_details=_NOBODY | billing_details,
    ) | values  # fmt: skip


def card(number: str, month: int, year: int) -> Shape:
    """Return what a payment method tells of its card: never the number."""
    brand = cards.brand_of(number)
    return _with(
        {}, "generated_from wallet regulated_status", brand=brand, country=cards.country_of(number),
        display_brand=brand, exp_month=month, exp_year=year, fingerprint=f"fp{number[:2]}{number[-6:]}",
        funding="credit", last4=number[-4:], networks={"available": [brand], "preferred": None},
        checks={"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        three_d_secure_usage={"supported": True},
    )  # fmt: skip


def card_details(of: Shape, amount: int, *, authenticated: bool) -> Shape:
    """Return what a charge tells of the card that paid it."""
    shared = (
        "brand checks country exp_month exp_year fingerprint funding last4 wallet regulated_status"
    )
    secure = {"authentication_flow": "challenge", "electronic_commerce_indicator": "05",
              "exemption_indicator": None, "result": "authenticated", "result_reason": None,
              "transaction_id": None, "version": "2.2.0"}  # fmt: skip
    return {name: of[name] for name in shared.split()} | {
        "amount_authorized": amount, "authorization_code": "123456", "installments": None,
        "extended_authorization": {"status": "disabled"}, "mandate": None,
        "incremental_authorization": {"status": "unavailable"}, "network": of["brand"],
        "multicapture": {"status": "unavailable"}, "network_token": {"used": False},
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "three_d_secure": secure if authenticated else None, "network_transaction_id": None,
        "transaction_link_id": None,
    }  # fmt: skip


def refund(now: int, **values: Any) -> Shape:
    """Return a new refund."""
    shape = _common("refund", "re", now)
    del shape["livemode"]
    return _with(
        shape,
        "balance_transaction charge customer customer_account payment_intent payment_method reason"
        " receipt_number source_transfer_reversal transfer_reversal",
        destination_details={"type": "card", "card": {"type": "refund"}}, status="succeeded",
    ) | values  # fmt: skip


def transfer(now: int, **values: Any) -> Shape:
    """Return a new transfer to a connected account."""
    shape = _common("transfer", "tr", now)
    return _with(
        shape, "balance_transaction description destination_payment source_transaction"
        " transfer_group", amount_reversed=0, reversed=False, source_type="card",
        reversals=listing([], f"/v1/transfers/{shape['id']}/reversals"),
    ) | values  # fmt: skip


def transfer_reversal(now: int, **values: Any) -> Shape:
    """Return a new reversal."""
    shape = _common("transfer_reversal", "trr", now)
    del shape["livemode"]
    return _with(shape, "balance_transaction destination_payment_refund source_refund") | values


def balance_transaction(now: int, **values: Any) -> Shape:
    """Return a movement of a balance; `net` is `amount` less `fee`."""
    fee, currency = values["fee"], values["currency"]
    details = [{"amount": fee, "application": None, "currency": currency,
                "description": "Stripe processing fees", "type": "stripe_fee"}]  # fmt: skip
    return {
        "id": new_id("txn"), "object": "balance_transaction", "created": now,
        "net": values["amount"] - fee, "fee_details": details if fee else [], "description": None,
        "exchange_rate": None, "balance_type": "payments",
    } | values  # fmt: skip


def customer(now: int, **values: Any) -> Shape:
    """Return a new customer."""
    settings = dict.fromkeys(
        ("custom_fields", "default_payment_method", "footer", "rendering_options")
    )
    return _with(
        _common("customer", "cus", now),
        "address currency default_source description discount email name phone shipping test_clock",
        balance=0, delinquent=False, invoice_prefix=secrets.token_hex(4).upper(),
        invoice_settings=settings, next_invoice_sequence=1, preferred_locales=[], tax_exempt="none",
    ) | values  # fmt: skip


def event(now: int, kind: str, **values: Any) -> Shape:
    """Return a snapshot event of v1."""
    return {
        "id": new_id("evt"), "object": "event", "api_version": API_VERSION, "created": now,
        "livemode": False, "pending_webhooks": 0, "type": kind,
        "request": {"id": None, "idempotency_key": None},
    } | values  # fmt: skip
