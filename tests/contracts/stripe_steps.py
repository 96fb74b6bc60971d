"""Steps that several contract tests of the stand-in for Stripe take, all through the SDK."""

from typing import Any

import requests

RETURN = "http://shop.test/return"


def intent(sdk: Any, amount: int = 10_000, *, capture: str = "manual", **more: Any) -> Any:
    """Make an intent as the marketplace does: cards wait for a capture, iDEAL does not."""
    params = {
        "amount": amount,
        "currency": "eur",
        "automatic_payment_methods": {"enabled": True},
        "payment_method_options": {"card": {"capture_method": capture}},
        "transfer_group": "order_1",
        "metadata": {"payment_id": "p1"},
    }
    if capture == "automatic":
        del params["payment_method_options"]
    return sdk.v1.payment_intents.create(params={**params, **more})


def confirm(sdk: Any, made: Any, card: str = "pm_card_visa") -> Any:
    params = {"payment_method": card, "return_url": RETURN}
    return sdk.v1.payment_intents.confirm(made.id, params=params)


def authorised(sdk: Any, amount: int = 10_000, card: str = "pm_card_visa") -> Any:
    return confirm(sdk, intent(sdk, amount), card)


def captured(sdk: Any, amount: int = 10_000, card: str = "pm_card_visa") -> Any:
    return sdk.v1.payment_intents.capture(authorised(sdk, amount, card).id)


def at_the_bank(made: Any, *, approve: bool = True) -> str:
    """Press a button on the page that the buyer was sent to; return where it sends them."""
    url = made.next_action.redirect_to_url.url
    assert requests.get(url, timeout=5).status_code == 200
    button = "approve" if approve else "fail"
    answer = requests.post(url, data={button: "1"}, allow_redirects=False, timeout=5)
    assert answer.status_code == 303
    return answer.headers["Location"]


def account(sdk: Any) -> Any:
    """Make an account that may receive transfers once its owner has been to the hosted page."""
    return sdk.v2.core.accounts.create(
        params={
            "contact_email": "maker@example.com",
            "display_name": "Maker",
            "dashboard": "express",
            "identity": {"country": "de"},
            "configuration": {
                "recipient": {
                    "capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}
                }
            },
            "defaults": {
                "responsibilities": {
                    "fees_collector": "application",
                    "losses_collector": "application",
                }
            },
            "include": ["configuration.recipient"],
        }
    )


def onboarding(sdk: Any, account_id: str) -> Any:
    return sdk.v2.core.account_links.create(
        params={
            "account": account_id,
            "use_case": {
                "type": "account_onboarding",
                "account_onboarding": {
                    "configurations": ["recipient"],
                    "return_url": "http://console.test/back",
                    "refresh_url": "http://console.test/again",
                },
            },
        }
    )


def active_account(sdk: Any) -> str:
    """Make an account and take its owner through the hosted page."""
    made = account(sdk)
    url = onboarding(sdk, made.id).url
    answer = requests.post(url, allow_redirects=False, timeout=5)
    assert answer.headers["Location"] == "http://console.test/back"
    return str(made.id)


def balance(sdk: Any, account_id: str = "") -> tuple[int, int]:
    """Return (available, pending) in euro cents."""
    options = {"stripe_account": account_id} if account_id else {}
    read = sdk.v1.balance.retrieve(options=options)
    return read.available[0].amount, read.pending[0].amount
