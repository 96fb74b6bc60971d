"""Connected accounts of v2, their links, and the hosted page that completes them."""

import secrets

from tests.simulators.stripe import account_objects, parameters
from tests.simulators.stripe.account_objects import INCLUDABLE
from tests.simulators.stripe.errors import malformed, missing
from tests.simulators.stripe.events import Events
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.store import Store

KIND = "v2.core.account"
LINK_SECONDS = 5 * 60
FIELDS = {
    "account_token", "configuration", "contact_email", "contact_phone", "dashboard", "defaults",
    "display_name", "identity", "include", "metadata",
}  # fmt: skip
_DASHBOARDS = {"express", "full", "none"}
_COLLECTORS = {"application", "stripe"}
_STATUS_UPDATED = "v2.core.account[configuration.recipient].capability_status_updated"


class Accounts:
    """The rules of connected accounts. Every method is called with the store's lock held.

    Only the recipient's configuration (`stripe_transfers`) is played: it is restricted until the
    hosted page is finished, and active from then on.
    """

    def __init__(self, store: Store, events: Events, public_url: str) -> None:
        self.store, self._events, self._public_url = store, events, public_url

    def create(self, params: Shape) -> Shape:
        """Make an account."""
        made = account_objects.account(self.store.now)
        self.store.note(made["id"], created=self.store.now)
        self._set(made, params)
        self.store.keep(made)
        self._events.emit_thin("v2.core.account.created", made["id"], {})
        return _included(made, params)

    def update(self, account: Shape, params: Shape) -> Shape:
        """Change an account; the parts that are not named stay as they are."""
        self._set(account, params)
        self.store.keep(account)
        self._events.emit_thin("v2.core.account.updated", account["id"], {})
        self._tell(account)
        return _included(account, params)

    def read(self, identifier: str, params: Shape) -> Shape:
        """Return an account with the parts that were asked for; all others are null."""
        return _included(self.get(identifier), params)

    def read_v1(self, identifier: str) -> Shape:
        """Return an account as the v1 API shows it."""
        return self._as_v1(self.get(identifier))

    def get(self, identifier: str) -> Shape:
        """Return the kept account. Raises StripeRefusal."""
        account = self.store.objects.get(identifier)
        if account is None or account["object"] != KIND:
            raise missing("account", identifier, param="account")
        return account

    def link(self, params: Shape) -> Shape:
        """Make a link of v2 to the hosted page; it lasts five minutes and serves once."""
        account = self.get(parameters.text(params, "account"))
        use_case = parameters.mapping(params, "use_case")
        kind = parameters.choice(use_case, "type", {"account_onboarding", "account_update"})
        case = parameters.mapping(use_case, kind or "type")
        if not parameters.words(case, "configurations"):
            raise malformed("Missing required param: configurations.", param="configurations")
        url, expires = self._link_page(account, case)
        return account_objects.account_link(self.store.now, account["id"], use_case, url, expires)

    def link_v1(self, params: Shape) -> Shape:
        """Make a link of v1."""
        account = self.get(parameters.text(params, "account"))
        parameters.choice(params, "type", {"account_onboarding", "account_update"})
        url, expires = self._link_page(account, params)
        return {
            "object": "account_link",
            "created": self.store.now,
            "expires_at": expires,
            "url": url,
        }

    def find_link(self, token: str) -> Shape:
        """Return what a link's token stands for: account, addresses, whether it still serves."""
        facts = self.store.noted(f"link:{token}")
        if not facts:
            raise missing("account_link", token)
        is_live = not facts.get("used") and facts["expires"] > self.store.now
        return {**facts, "is_live": is_live}

    def finish(self, token: str) -> str:
        """Complete the account behind a link; return where its owner goes next."""
        link = self.find_link(token)
        if not link["is_live"]:
            return str(link["refresh_url"])
        self.store.note(f"link:{token}", used=True)
        self.activate(self.get(link["account"]))
        return str(link["return_url"])

    def activate(self, account: Shape) -> None:
        """Let an account receive transfers, and tell so."""
        recipient = account["configuration"]["recipient"]
        if recipient is None or account_objects.transfers_status(account) is None:
            return
        self.set_status(account, "active")

    def set_bank_account(self, account: Shape, bank_account: str) -> None:
        """Let the merchant's money go to another bank account from now on."""
        recipient = account["configuration"]["recipient"]
        recipient["default_outbound_destination"] = {"id": bank_account, "type": "gb_bank_account"}
        self.store.keep(account)
        self._events.emit_thin(
            "v2.core.account[configuration.recipient].updated", account["id"], {}
        )
        self._tell(account)

    def set_status(self, account: Shape, status: str) -> None:
        """Change the capabilities of an account: `active` or `restricted`."""
        before = account_objects.transfers_status(account)
        capabilities = account["configuration"]["recipient"]["capabilities"]["stripe_balance"]
        for name in capabilities:
            capabilities[name] = account_objects.capability(status)
        account["requirements"] = account_objects.requirements(is_complete=status == "active")
        self.store.keep(account)
        if before == status:
            return
        for name in ("stripe_balance.stripe_transfers", "stripe_balance.payouts"):
            self._events.emit_thin(_STATUS_UPDATED, account["id"], {"updated_capability": name})
        self._events.emit_thin("v2.core.account[requirements].updated", account["id"], {})
        self._tell(account)

    def _tell(self, account: Shape) -> None:
        self._events.emit("account.updated", self._as_v1(account), before={}, account=account["id"])

    def _as_v1(self, account: Shape) -> Shape:
        created = self.store.noted(account["id"]).get("created", self.store.now)
        return account_objects.account_of_v1(account, created)

    def _link_page(self, account: Shape, case: Shape) -> tuple[str, int]:
        addresses = {name: parameters.text(case, name) for name in ("refresh_url", "return_url")}
        token, expires = secrets.token_urlsafe(18), self.store.now + LINK_SECONDS
        self.store.note(f"link:{token}", account=account["id"], expires=expires, **addresses)
        return f"{self._public_url}/_pages/onboarding/{token}", expires

    def _set(self, account: Shape, params: Shape) -> None:
        account["dashboard"] = (
            parameters.choice(params, "dashboard", _DASHBOARDS) or account["dashboard"]
        )
        account["metadata"] = parameters.metadata(params, account["metadata"])
        for name in ("contact_email", "contact_phone", "display_name"):
            account[name] = params.get(name, account[name])
        if "identity" in params:
            account["identity"] = (account["identity"] or {}) | parameters.mapping(
                params, "identity"
            )
        self._set_defaults(account, parameters.mapping(params, "defaults"))
        asked = parameters.mapping(parameters.mapping(params, "configuration"), "recipient")
        if asked and account["configuration"]["recipient"] is None:
            self._check_configurable(account)
            capabilities = parameters.mapping(asked, "capabilities")
            account["configuration"]["recipient"] = account_objects.recipient(capabilities)
            account["applied_configurations"] = ["recipient"]

    @staticmethod
    def _set_defaults(account: Shape, given: Shape) -> None:
        if not given:
            return
        duties = parameters.mapping(given, "responsibilities")
        for name in ("fees_collector", "losses_collector"):
            parameters.choice(duties, name, _COLLECTORS)
        before = account["defaults"] or {"currency": None, "locales": None, "profile": None}
        known = before.get("responsibilities") or {"requirements_collector": "stripe"}
        account["defaults"] = {**before, **given, "responsibilities": {**known, **duties}}

    @staticmethod
    def _check_configurable(account: Shape) -> None:
        """A recipient needs a country, and somebody who bears its losses."""
        if not (account["identity"] or {}).get("country"):
            raise malformed(
                "identity.country is required to set configuration.recipient.",
                param="identity.country",
            )
        duties = (account["defaults"] or {}).get("responsibilities") or {}
        if not duties.get("losses_collector"):
            raise malformed(
                "defaults.responsibilities.losses_collector is required to set"
                " configuration.recipient.",
                param="defaults.responsibilities.losses_collector",
            )


def _included(account: Shape, params: Shape) -> Shape:
    """Leave out the parts that nobody asked for, as v2 does."""
    wanted = parameters.words(params, "include")
    unknown = [name for name in wanted if name.split(".")[0] not in INCLUDABLE]
    if unknown:
        raise malformed(f"Invalid include: {unknown[0]}", param="include")
    roots = {name.split(".")[0] for name in wanted}
    shown = {**account}
    for name in INCLUDABLE:
        shown[name] = account[name] if name in roots else None
    return shown
