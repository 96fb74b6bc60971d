"""The one configuration object: read from the environment once, checked whole, then frozen.

Nothing else in the code reads the environment (tested). Every secret is a list: the first signs
or seals, all of them verify or open, so that a secret is changed without a pause.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError


class ConfigurationError(Exception):
    """The environment lacks something or holds something unusable; the text lists all of it."""


def _list(value: Any) -> Any:
    return [part for part in value.split(",") if part] if isinstance(value, str) else value


def _mapping(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


SHORTEST_INDEX_KEY = 32
Secrets = Annotated[tuple[str, ...], BeforeValidator(_list), Field(min_length=1)]


class Configuration(BaseModel):
    """Everything a process needs to know from outside; field names are the variables' names."""

    model_config = ConfigDict(frozen=True)

    base_domain: str = Field(description="The marketplace's host with its port: example.com")
    url_scheme: str = "http"
    directory_database_url: str = Field(description="This process's own login to the directory")
    cell_database_urls: Annotated[dict[str, str], BeforeValidator(_mapping)] = Field(
        description='This process\'s own login to each cell, as JSON: {"main": "postgresql://..."}'
    )
    redis_url: str
    secret_keys: Secrets = Field(description="Sign cookies and tokens; at least 32 characters")
    sealing_keys: Annotated[tuple[str, ...], BeforeValidator(_list)] = Field(
        default=(),
        description="Root keys on this machine, AES-256 in base64: the first wraps, all unwrap",
    )
    root_keys_file: Path | None = Field(
        default=None, description="Root keys, one in each line, in place of SEALING_KEYS"
    )
    kms_key_ids: Annotated[tuple[str, ...], BeforeValidator(_list)] = Field(
        default=(), description="Root keys in AWS KMS, in place of either: the first wraps"
    )
    kms_endpoint: str | None = None
    keys_kept_seconds: float = Field(
        default=300.0, gt=0, description="How long a process goes on with a shop's key"
    )
    blind_index_key: str = Field(
        default="",
        description="The first release's HMAC key for look-ups: its indexes bear no name",
    )
    blind_index_keys: Annotated[tuple[str, ...], BeforeValidator(_list)] = Field(
        default=(), max_length=2, description="HMAC keys for look-ups: the first writes, both find"
    )
    stripe_api_key: str
    stripe_publishable_key: str
    stripe_webhook_secrets: Secrets
    stripe_api_base: str = "https://api.stripe.com"
    stripe_js_url: str = "https://js.stripe.com/v3/"
    stripe_frame_origins: Annotated[tuple[str, ...], BeforeValidator(_list)] = (
        "https://js.stripe.com",
        "https://hooks.stripe.com",
    )
    stripe_timeout_seconds: float = 8.0
    stripe_rest_seconds: float = Field(
        default=10.0, gt=0, description="How long Stripe is left alone once it does not answer"
    )
    smtp_url: str = "smtp://127.0.0.1:25"
    mail_sender: str = "Galleria <hello@galleria.example>"
    storage_url: str = Field(description="file:///folder or s3://bucket for pictures")
    checkpoint_url: str = Field(
        default="",
        description="file:///folder or s3://bucket with object lock, for the log's checkpoints",
    )
    audit_signing_keys: Annotated[tuple[str, ...], BeforeValidator(_list)] = Field(
        default=(),
        description="Ed25519 keys, base64, of the sealer alone: the first signs, all verify",
    )
    audit_public_keys: Annotated[tuple[str, ...], BeforeValidator(_list)] = Field(
        default=(), description="Ed25519 public keys, base64, for verifying without signing"
    )
    commission_basis_points: int = Field(default=1000, ge=0, le=5000)
    pool_size: int = Field(default=8, ge=1, le=64)
    pool_wait_seconds: float = 5.0
    trusted_proxy_hops: int = Field(
        default=0, ge=0, le=5, description="Our own proxies in front, whose X-Forwarded-For counts"
    )
    rate_limit_factor: float = Field(
        default=1.0, gt=0, description="What every limit is multiplied by, for measurements"
    )
    challenge_rounds: int = Field(
        default=200, ge=1, le=5000, description="Keys a browser derives to answer a challenge"
    )
    turnstile_site_key: str = Field(
        default="", description="Set to let Cloudflare's Turnstile make the challenges"
    )
    turnstile_secret_keys: Annotated[tuple[str, ...], BeforeValidator(_list)] = ()
    turnstile_url: str = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
    process_name: str = "web"
    environment: str = "development"
    log_level: str = "INFO"
    sentry_dsn: str = ""
    clock_offset_file: Path | None = None
    disabled_guards: Annotated[frozenset[str], BeforeValidator(_list)] = frozenset()
    """Locks and checks that a race test's control takes away; refused outside tests."""

    @property
    def index_keys(self) -> tuple[str, ...]:
        """The keys of blind indexes that are valid, the one that writes in front."""
        return self.blind_index_keys or (self.blind_index_key,)

    @property
    def is_secure(self) -> bool:
        """Whether visitors reach us over TLS, so that cookies may say so."""
        return self.url_scheme == "https"


def load_configuration(environment: Mapping[str, str] | None = None) -> Configuration:
    """Read and check the configuration.

    Raises ConfigurationError with one line for each variable that is missing or wrong.
    """
    source = os.environ if environment is None else environment
    values = {
        name: source[name.upper()]
        for name in Configuration.model_fields
        if source.get(name.upper())
    }
    try:
        configuration = Configuration.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(_explain(error)) from None
    if not (
        configuration.sealing_keys or configuration.root_keys_file or configuration.kms_key_ids
    ):
        raise ConfigurationError(
            "SEALING_KEYS: is not set, and neither is ROOT_KEYS_FILE or KMS_KEY_IDS"
        )
    _check_index_keys(configuration)
    if configuration.disabled_guards and configuration.environment != "test":
        raise ConfigurationError("DISABLED_GUARDS is for tests only; unset it.")
    if bool(configuration.turnstile_site_key) != bool(configuration.turnstile_secret_keys):
        raise ConfigurationError(
            "Turnstile is set up by half: set TURNSTILE_SITE_KEY and TURNSTILE_SECRET_KEYS, or neither."
        )
    return configuration


def _check_index_keys(configuration: Configuration) -> None:
    if min(map(len, configuration.index_keys)) < SHORTEST_INDEX_KEY:
        raise ConfigurationError(
            "BLIND_INDEX_KEYS: is not set, or one of its keys has fewer than 32 characters"
        )
    if configuration.blind_index_key and configuration.blind_index_key not in (
        configuration.index_keys
    ):
        raise ConfigurationError(
            "BLIND_INDEX_KEY is not among BLIND_INDEX_KEYS: remove it, once ./galleria keys check says"
            " that nothing is looked up by it."
        )


def _explain(error: ValidationError) -> str:
    lines = [
        f"  {str(problem['loc'][0]).upper()}: "
        + ("is not set" if problem["type"] == "missing" else problem["msg"])
        for problem in error.errors()
    ]
    return "The configuration is not complete:\n" + "\n".join(sorted(lines))
