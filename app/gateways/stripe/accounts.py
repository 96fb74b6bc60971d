"""Connected accounts: whom released money goes to (Accounts v2)."""

from typing import Any
from uuid import UUID

from app.domains.payments.ports import AccountStatus
from app.gateways.stripe.client import StripeCaller, ask


class StripeAccounts(StripeCaller):
    """The part of PaymentProvider that is about connected accounts."""

    def create_account(self, *, shop_id: UUID, country: str, email: str, name: str) -> str:
        """Create an account that can receive transfers (Accounts v2; we bear fees and losses)."""
        params: dict[str, Any] = {
            "contact_email": email,
            "display_name": name,
            "dashboard": "express",
            "identity": {"country": country.lower()},
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
            "metadata": {"shop_id": str(shop_id)},
        }
        made = ask(
            lambda: self.client.v2.core.accounts.create(
                params=params,  # type: ignore[arg-type]
                options={"idempotency_key": f"{shop_id}:account"},
            )
        )
        return made.id

    def onboarding_link(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        """Return the address at which the merchant completes the account, for some minutes."""
        params: dict[str, Any] = {
            "account": account_id,
            "use_case": {
                "type": "account_onboarding",
                "account_onboarding": {
                    "configurations": ["recipient"],
                    "return_url": return_url,
                    "refresh_url": refresh_url,
                },
            },
        }
        link = ask(lambda: self.client.v2.core.account_links.create(params=params))  # type: ignore[arg-type]
        return link.url

    def fetch_account(self, account_id: str) -> AccountStatus:
        """Return whether the account may receive transfers now."""
        account: Any = ask(
            lambda: self.client.v2.core.accounts.retrieve(
                account_id, params={"include": ["configuration.recipient"]}
            )
        )
        recipient = account.configuration.recipient if account.configuration else None
        transfers = recipient.capabilities.stripe_balance.stripe_transfers if recipient else None
        bank = getattr(recipient, "default_outbound_destination", None)
        return AccountStatus(
            account_id,
            can_receive_transfers=bool(transfers and transfers.status == "active"),
            destination=bank.id if bank else "",
        )
