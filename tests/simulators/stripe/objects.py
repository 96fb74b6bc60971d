"""The shapes of Stripe's objects: every key that the real ones carry."""

import secrets
import string
import time
from typing import Any

Shape = dict[str, Any]
_ALPHABET = string.ascii_letters + string.digits
FEE_RATE_PER_MILLE, FEE_FIXED = 15, 25
AUTHORISATION_SECONDS = 7 * 24 * 3600
AVAILABLE_AFTER_SECONDS = 2 * 24 * 3600


def new_id(prefix: str) -> str:
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(24))


def _common(kind: str, prefix: str, now: int) -> Shape:
    return {"id": new_id(prefix), "object": kind, "created": now, "livemode": False, "metadata": {}}


def _with(shape: Shape, empty: str, **values: Any) -> Shape:
    return {**dict.fromkeys(empty.split()), **shape, **values}


def listing(data: list[Shape], url: str, *, has_more: bool = False) -> Shape:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def payment_intent(now: int, **values: Any) -> Shape:
    shape = _common("payment_intent", "pi", now)
    shape["client_secret"] = f"{shape['id']}_secret_{secrets.token_hex(12)}"
    return _with(
        shape,
        "application application_fee_amount canceled_at cancellation_reason customer customer_account"
        " description last_payment_error latest_charge next_action on_behalf_of payment_method"
        " payment_method_configuration_details processing receipt_email review setup_future_usage"
        " shipping source statement_descriptor statement_descriptor_suffix transfer_data"
        " transfer_group excluded_payment_method_types",
        amount_capturable=0, amount_received=0, amount_details={"tip": {}},
        automatic_payment_methods={"enabled": True}, capture_method="automatic",
        confirmation_method="automatic", payment_method_options={},
        payment_method_types=["card", "ideal"], status="requires_payment_method",
        managed_payments={"enabled": False}, **values,
    )  # fmt: skip


def charge(now: int, **values: Any) -> Shape:
    shape = _common("charge", "ch", now)
    return _with(
        shape,
        "application application_fee application_fee_amount balance_transaction"
        " calculated_statement_descriptor customer description failure_balance_transaction"
        " failure_code failure_message on_behalf_of payment_intent payment_method receipt_email"
        " receipt_number review shipping source source_transfer statement_descriptor"
        " statement_descriptor_suffix transfer_data transfer_group",
        amount_captured=0, amount_refunded=0, captured=False, disputed=False, fraud_details={},
        outcome={"type": "authorized", "network_status": "approved_by_network", "reason": None,
                 "seller_message": "Payment complete.", "advice_code": None,
                 "network_advice_code": None, "network_decline_code": None},
        billing_details={"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        paid=True, receipt_url="", refunded=False, status="succeeded",
        refunds=listing([], f"/v1/charges/{shape['id']}/refunds"), **values,
    )  # fmt: skip


def payment_method(now: int, kind: str, **values: Any) -> Shape:
    return _with(
        _common("payment_method", "pm", now), "customer customer_account",
        allow_redisplay="unspecified", type=kind,
        billing_details={"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        **values,
    )  # fmt: skip


def card(number: str, month: int, year: int) -> Shape:
    return _with(
        {}, "generated_from wallet regulated_status", brand="visa", country="US",
        display_brand="visa", exp_month=month, exp_year=year, fingerprint=f"fp{number[-6:]}",
        funding="credit", last4=number[-4:], networks={"available": ["visa"], "preferred": None},
        checks={"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        three_d_secure_usage={"supported": True},
    )  # fmt: skip


def refund(now: int, **values: Any) -> Shape:
    shape = _common("refund", "re", now)
    del shape["livemode"]
    return _with(
        shape,
        "balance_transaction charge customer customer_account payment_intent payment_method reason"
        " receipt_number source_transfer_reversal transfer_reversal",
        destination_details={"type": "card", "card": {}}, status="succeeded", **values,
    )  # fmt: skip


def transfer(now: int, **values: Any) -> Shape:
    shape = _common("transfer", "tr", now)
    return _with(
        shape, "balance_transaction description source_transaction transfer_group",
        amount_reversed=0, destination_payment=new_id("py"), reversed=False, source_type="card",
        reversals=listing([], f"/v1/transfers/{shape['id']}/reversals"), **values,
    )  # fmt: skip


def transfer_reversal(now: int, **values: Any) -> Shape:
    shape = _common("transfer_reversal", "trr", now)
    del shape["livemode"]
    return _with(shape, "balance_transaction destination_payment_refund source_refund", **values)


def balance_transaction(now: int, kind: str, amount: int, fee: int, **values: Any) -> Shape:
    details = [{"amount": fee, "application": None, "currency": values["currency"],
                "description": "Stripe processing fees", "type": "stripe_fee"}]  # fmt: skip
    return {
        "id": new_id("txn"), "object": "balance_transaction", "amount": amount, "fee": fee,
        "net": amount - fee, "fee_details": details if fee else [], "created": now,
        "available_on": now + AVAILABLE_AFTER_SECONDS, "description": None, "exchange_rate": None,
        "reporting_category": kind, "status": "pending", "type": kind, "balance_type": "payments",
        **values,
    }  # fmt: skip


def customer(now: int, **values: Any) -> Shape:
    return _with(
        _common("customer", "cus", now),
        "address currency default_source description discount email name phone shipping test_clock",
        balance=0, delinquent=False, invoice_prefix=secrets.token_hex(4).upper(),
        invoice_settings={"custom_fields": None, "default_payment_method": None, "footer": None,
                          "rendering_options": None},
        next_invoice_sequence=1, preferred_locales=[], tax_exempt="none", **values,
    )  # fmt: skip


def event(kind: str, thing: Shape, now: int) -> Shape:
    return {
        "id": new_id("evt"), "object": "event", "api_version": "2025-01-27.acacia", "created": now,
        "data": {"object": thing}, "livemode": False, "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None}, "type": kind,
    }  # fmt: skip


def processing_fee(amount: int) -> int:
    return amount * FEE_RATE_PER_MILLE // 1000 + FEE_FIXED


def account_v2(now: int, body: Shape) -> Shape:
    return {
        "id": new_id("acct"), "object": "v2.core.account", "applied_configurations": ["recipient"],
        "configuration": {"recipient": {"applied": True, "capabilities": {"stripe_balance": {
            "stripe_transfers": {"requested": True, "status": "restricted", "status_details": []}}}}},
        "contact_email": body.get("contact_email"), "display_name": body.get("display_name"),
        "dashboard": body.get("dashboard"), "identity": body.get("identity"),
        "defaults": body.get("defaults"), "metadata": body.get("metadata") or {}, "livemode": False,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)), "requirements": None,
    }  # fmt: skip
