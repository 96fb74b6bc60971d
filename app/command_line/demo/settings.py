"""The environment of the demo's processes: one mapping for each group with a login of its own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.command_line.demo.state import DemoState
from app.command_line.embedded.process import LOOPBACK, MARK
from app.command_line.errors import CommandError
from app.command_line.launch import CHECKOUT
from tenants.bootstrap import DatabaseServer

CELL = "main"
DIRECTORY = "directory"
SIGNING_GROUPS = ("sealer", "tools")
"""Who gets the key that signs checkpoints: no process that takes a request or a job."""
_STRIPE = ("STRIPE_API_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRETS")


@dataclass(frozen=True, slots=True)
class Given:
    """The machine's own servers, where its environment names them."""

    environment: Mapping[str, str]

    @property
    def database_url(self) -> str:
        """A superuser's address, or empty."""
        return self.environment.get("DATABASE_URL", "")

    @property
    def redis_url(self) -> str:
        """An address, or empty."""
        return self.environment.get("REDIS_URL", "")

    @property
    def smtp_url(self) -> str:
        """An address, or empty."""
        return self.environment.get("SMTP_URL", "")

    @property
    def has_stripe(self) -> bool:
        """Whether a Stripe account is named. Raises CommandError where it is named by half."""
        missing = [name for name in _STRIPE if not self.environment.get(name)]
        if len(missing) == len(_STRIPE):
            return False
        if missing:
            raise CommandError(
                f"Stripe is set up by half: {', '.join(missing)} is missing. Set all of"
                f" {', '.join(_STRIPE)}, or none of them to use the stand-in."
            )
        return True


@dataclass(frozen=True, slots=True)
class DemoAddresses:
    """Where everything of a running demo is."""

    port: int
    database: DatabaseServer
    redis_url: str
    stripe_url: str
    mail_url: str
    smtp_url: str

    @property
    def base_domain(self) -> str:
        """The marketplace's host with its port."""
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        """The marketplace's address."""
        return f"http://{self.base_domain}"

    @property
    def webhook_url(self) -> str:
        """Where Stripe's events go."""
        return f"{self.url}/webhooks/stripe"


def environment_for(
    group: str, *, state: DemoState, given: Given, addresses: DemoAddresses
) -> dict[str, str]:
    """Return the environment of a group's processes: what is given, and our settings over it."""
    secrets = state.secrets()
    password_secret = secrets.pop("DATABASE_PASSWORD_SECRET")
    if group not in SIGNING_GROUPS:
        secrets.pop("AUDIT_SIGNING_KEYS")
    kept = {name: value for name, value in given.environment.items() if name != "DATABASE_URL"}
    return {
        **secrets,
        **kept,
        **_stand_in_for_stripe(addresses),
        MARK: state.mark,
        "BASE_DOMAIN": addresses.base_domain,
        "URL_SCHEME": "http",
        "DIRECTORY_DATABASE_URL": addresses.database.login_dsn(group, DIRECTORY, password_secret),
        "CELL_DATABASE_URLS": json.dumps(
            {CELL: addresses.database.login_dsn(group, CELL, password_secret)}
        ),
        "REDIS_URL": addresses.redis_url,
        "SMTP_URL": addresses.smtp_url,
        "STORAGE_URL": given.environment.get("STORAGE_URL") or state.media.as_uri(),
        "CHECKPOINT_URL": given.environment.get("CHECKPOINT_URL") or state.checkpoints.as_uri(),
        "ROOT_KEYS_FILE": given.environment.get("ROOT_KEYS_FILE") or str(state.root_keys()),
        "PROCESS_NAME": group,
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONUNBUFFERED": "1",
    }


def _stand_in_for_stripe(addresses: DemoAddresses) -> dict[str, str]:
    if not addresses.stripe_url:
        return {}
    return {
        "STRIPE_API_BASE": addresses.stripe_url,
        "STRIPE_JS_URL": f"{addresses.stripe_url}/v3/stripe.js",
        "STRIPE_FRAME_ORIGINS": addresses.stripe_url,
    }


def stand_in_url(port: int) -> str:
    """Return a stand-in's address."""
    return f"http://{LOOPBACK}:{port}"
