"""The shapes of connected accounts: v2 as it is kept, v1 as it is read, links and thin events."""

import time
from typing import Any

from tests.simulators.stripe.objects import Shape, listing, new_id

INCLUDABLE = ("configuration", "defaults", "future_requirements", "identity", "requirements")
_PROFILE_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
_DUE = "identity.individual.verification"


def timestamp(seconds: int) -> str:
    """Return a moment as v2 writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def capability(status: str) -> Shape:
    """Return a capability that was asked for; it says what it waits for unless it is active."""
    waiting = [{"code": "requirements_past_due", "resolution": "provide_info"}]
    return {"requested": True, "status": status, "status_details": waiting * (status != "active")}


def account(now: int, **values: Any) -> Shape:
    """Return a new account of v2, its parts included."""
    return {
        "id": new_id("acct"), "object": "v2.core.account", "applied_configurations": [],
        "closed": False, "configuration": {"customer": None, "merchant": None, "recipient": None},
        "contact_email": None, "contact_phone": None, "created": timestamp(now), "dashboard": None,
        "defaults": None, "display_name": None, "future_requirements": None, "identity": None,
        "livemode": False, "metadata": {}, "requirements": requirements(is_complete=False),
    } | values  # fmt: skip


def recipient(capabilities: Shape) -> Shape:
    """Return the configuration of an account that receives transfers."""
    asked = (capabilities.get("stripe_balance") or {}).get("stripe_transfers") or {}
    balance = (
        {"payouts": capability("restricted"), "stripe_transfers": capability("restricted")}
        if asked.get("requested")
        else None
    )
    return {
        "applied": True,
        "capabilities": {"bank_accounts": None, "cards": None, "stripe_balance": balance},
        "default_outbound_destination": None,
    }


def requirements(*, is_complete: bool) -> Shape:
    """Return what an account still has to tell."""
    entry = {
        "awaiting_action_from": "user", "description": _DUE, "errors": [],
        "impact": {"restricts_capabilities": [{
            "capability": "stripe_balance.stripe_transfers", "configuration": "recipient",
            "deadline": {"status": "past_due"}}]},
        "minimum_deadline": {"status": "past_due"}, "reference": None,
        "requested_reasons": [{"code": "routine_onboarding"}],
    }  # fmt: skip
    summary = {"minimum_deadline": None if is_complete else {"status": "past_due"}}
    return {"collector": "stripe", "entries": [] if is_complete else [entry], "summary": summary}


def transfers_status(of: Shape) -> str | None:
    """Return the state of the capability to receive transfers, or None where nobody asked."""
    recipient_of = (of["configuration"] or {}).get("recipient") or {}
    balance = (recipient_of.get("capabilities") or {}).get("stripe_balance") or {}
    status = (balance.get("stripe_transfers") or {}).get("status")
    return str(status) if status else None


def account_link(now: int, account_id: str, use_case: Shape, url: str, expires: int) -> Shape:
    """Return a link of v2 to the hosted pages."""
    return {
        "object": "v2.core.account_link", "account": account_id, "created": timestamp(now),
        "expires_at": timestamp(expires), "livemode": False, "url": url, "use_case": use_case,
    }  # fmt: skip


def thin_event(now: int, kind: str, account_id: str, data: Shape) -> Shape:
    """Return an event of v2. What is sent leaves `data` out: only an event asked for has it."""
    related = {
        "id": account_id, "type": "v2.core.account", "url": f"/v2/core/accounts/{account_id}",
    }  # fmt: skip
    return {
        "id": new_id("evt_test"), "object": "v2.core.event", "type": kind, "livemode": False,
        "created": timestamp(now), "context": None, "reason": None, "related_object": related,
        "data": data,
    }  # fmt: skip


def account_of_v1(of: Shape, created: int) -> Shape:
    """Return an account of v2 as the v1 API shows it."""
    is_active = transfers_status(of) == "active"
    identity, defaults = of["identity"] or {}, of["defaults"] or {}
    country = (identity.get("country") or "").upper() or None
    due = [] if is_active else ["individual.verification.document"]
    state = {
        "alternatives": [], "current_deadline": None, "currently_due": due,
        "disabled_reason": None if is_active else "requirements.past_due", "errors": [],
        "eventually_due": due, "past_due": due, "pending_verification": [],
    }  # fmt: skip
    return {
        "id": of["id"], "object": "account", "business_profile": _profile(of),
        "business_type": identity.get("entity_type"),
        "capabilities": {"transfers": "active" if is_active else "inactive"},
        "charges_enabled": False, "controller": _controller(of), "country": country,
        "created": created, "default_currency": defaults.get("currency") or "eur",
        "details_submitted": is_active, "email": of["contact_email"],
        "external_accounts": listing([], f"/v1/accounts/{of['id']}/external_accounts"),
        "future_requirements": {**state, "currently_due": [], "disabled_reason": None,
                                "eventually_due": [], "past_due": []},
        "metadata": of["metadata"], "payouts_enabled": is_active, "requirements": state,
        "settings": _settings(of), "type": of["dashboard"] or "none",
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
    }  # fmt: skip


def _controller(of: Shape) -> Shape:
    duties = (of["defaults"] or {}).get("responsibilities") or {}
    return {
        "type": "application", "is_controller": True, "requirement_collection": "stripe",
        "fees": {"payer": duties.get("fees_collector", "application")},
        "losses": {"payments": duties.get("losses_collector", "application")},
        "stripe_dashboard": {"type": of["dashboard"] or "none"},
    }  # fmt: skip


def _profile(of: Shape) -> Shape:
    empty = (
        "estimated_worker_count mcc minority_owned_business_designation product_description"
        " support_email support_phone support_url url"
    )
    return dict.fromkeys(empty.split()) | {
        "name": of["display_name"],
        "annual_revenue": dict.fromkeys(("amount", "currency", "fiscal_year_end")),
        "support_address": _PROFILE_ADDRESS,
    }


def _settings(of: Shape) -> Shape:
    descriptor = "statement_descriptor"
    kana = (f"{descriptor}_prefix_kana", f"{descriptor}_prefix_kanji")
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {"decline_on": {"avs_failure": False, "cvc_failure": False},
                          **dict.fromkeys((f"{descriptor}_prefix", *kana))},
        "dashboard": {"display_name": of["display_name"], "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
        "payments": dict.fromkeys((descriptor, f"{descriptor}_kana", f"{descriptor}_kanji", *kana)),
        "payouts": {"debit_negative_balances": True, "statement_descriptor": None,
                    "schedule": {"delay_days": 2, "interval": "daily"}},
        "sepa_debit_payments": {},
    }  # fmt: skip
