"""The composition root: ports to gateways, events to reactions, and every table imported.

Read this page to know who implements what, and what follows what.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import sentry_sdk

import app.domains.accounts.challenges.models
import app.foundation.audit.models  # noqa: F401 - the same
import tenants.models  # noqa: F401 - the same
from app.domains.accounts import personal_data as accounts
from app.domains.accounts.approvals.events import ApprovalAsked
from app.domains.accounts.challenges.ports import Challenge
from app.domains.accounts.factors.events import (
    FactorAdded,
    FactorRemoved,
    PasswordChanged,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    ResetAsked,
)
from app.domains.accounts.invitations.events import InvitationAsked
from app.domains.accounts.ownership.events import ShopHandedOver, ShopOffered, ShopOfferEnded
from app.domains.accounts.people.events import EmailChangeAsked, EmailChanged, SignUpAsked
from app.domains.accounts.sessions.events import NewDeviceSignedIn
from app.domains.accounts.tokens.events import ApiTokenMade
from app.domains.cart import personal_data as cart
from app.domains.catalog.events import ProductsChanged
from app.domains.checkout import personal_data as checkout
from app.domains.checkout.ports import PlatformTerms
from app.domains.checkout.reactions import apply_webhook
from app.domains.customers import personal_data as customers
from app.domains.customers.events import CustomerMade
from app.domains.customers.reactions import note_dealing
from app.domains.fulfilment import personal_data as fulfilment
from app.domains.fulfilment.events import MoneyReturned, ShipmentSent
from app.domains.inventory.events import StockChanged
from app.domains.ledger import personal_data as ledger
from app.domains.media.ports import FileStorage, PictureSource
from app.domains.notifications import personal_data as notifications
from app.domains.notifications.account_mails import (
    mail_api_token,
    mail_email_change,
    mail_email_changed,
    mail_erasure_asked,
    mail_erasure_withdrawn,
    mail_new_device,
    mail_proof_change,
    mail_reset,
    mail_sign_up,
)
from app.domains.notifications.last_mail import WrittenLastMail
from app.domains.notifications.people_mails import (
    mail_approval_asked,
    mail_invitation,
    mail_shop_handed_over,
    mail_shop_offer_ended,
    mail_shop_offered,
)
from app.domains.notifications.ports import Mailer, MailWriter
from app.domains.notifications.reactions import mail_confirmation, mail_refund, mail_shipment
from app.domains.orders import personal_data as orders
from app.domains.orders.events import OrderCancelled, OrderConfirmed, OrderPlaced
from app.domains.payments import personal_data as payments
from app.domains.payments.card_testing.reactions import count_declines
from app.domains.payments.events import PaymentDeclined, WebhookStored
from app.domains.payments.ports import PaymentProvider, WebhookReader
from app.domains.privacy import personal_data as privacy
from app.domains.privacy.events import ErasureAsked, ErasureWithdrawn
from app.domains.privacy.ports import LastMail
from app.domains.search.reactions import rebuild_changed_cards, refresh_changed_stock
from app.faces.shared.mails import TemplateMailWriter
from app.foundation.audit.origin import install_audit_key
from app.foundation.audit.ports import CheckpointStore
from app.foundation.clock import share_clock
from app.foundation.configuration import Configuration
from app.foundation.database import open_engines
from app.foundation.events import Event, Reaction, reactions
from app.foundation.guards import disable_guards
from app.foundation.logs import configure_logs
from app.foundation.personal_data import Holding, holdings
from app.foundation.ports import KeyStore, provide
from app.foundation.scrubbing import scrub_report
from app.foundation.sealing import KeyRing, KeyVault, install_key_ring, install_vault
from app.gateways.challenges.turnstile import Turnstile
from app.gateways.challenges.work import ProofOfWork
from app.gateways.checkpoints.files import FolderCheckpoints, NoCheckpoints
from app.gateways.checkpoints.s3 import S3Checkpoints
from app.gateways.keys.kms import KmsKeyStore
from app.gateways.keys.local import LocalKeyStore, RootKeyFile
from app.gateways.mail.smtp import SmtpMailer
from app.gateways.pictures.web import WebPictures
from app.gateways.storage.files import FolderStorage
from app.gateways.storage.s3 import S3Storage
from app.gateways.stripe.payments import StripePayments
from app.gateways.stripe.webhooks import StripeWebhooks
from tenants.events import ShopOpened, ShopSuspended, SpareClaimed

EVENTS: tuple[type[Event], ...] = (
    ProductsChanged,
    StockChanged,
    CustomerMade,
    ErasureAsked,
    ErasureWithdrawn,
    OrderPlaced,
    OrderConfirmed,
    OrderCancelled,
    ShipmentSent,
    MoneyReturned,
    WebhookStored,
    PaymentDeclined,
    ShopOpened,
    ShopSuspended,
    SpareClaimed,
    FactorAdded,
    FactorRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    PasswordChanged,
    ResetAsked,
    SignUpAsked,
    ApprovalAsked,
    InvitationAsked,
    ShopOffered,
    ShopHandedOver,
    ShopOfferEnded,
    EmailChangeAsked,
    EmailChanged,
    NewDeviceSignedIn,
    ApiTokenMade,
)

REACTIONS: tuple[Reaction, ...] = (
    Reaction("customers.note_dealing", CustomerMade, note_dealing, kind="job"),
    Reaction("payments.count_declines", PaymentDeclined, count_declines, kind="job"),
    Reaction("search.rebuild_cards", ProductsChanged, rebuild_changed_cards),
    Reaction("search.refresh_stock", StockChanged, refresh_changed_stock),
    Reaction("notifications.mail_confirmation", OrderConfirmed, mail_confirmation, "mail", "job"),
    Reaction("notifications.mail_shipment", ShipmentSent, mail_shipment, "mail", "job"),
    Reaction("notifications.mail_refund", MoneyReturned, mail_refund, "mail", "job"),
    Reaction("notifications.mail_sign_up", SignUpAsked, mail_sign_up, "mail", "job"),
    Reaction("notifications.mail_email_change", EmailChangeAsked, mail_email_change, "mail", "job"),
    Reaction("notifications.mail_email_changed", EmailChanged, mail_email_changed, "mail", "job"),
    Reaction("notifications.mail_erasure_asked", ErasureAsked, mail_erasure_asked, "mail", "job"),
    Reaction(
        "notifications.mail_erasure_withdrawn",
        ErasureWithdrawn,
        mail_erasure_withdrawn,
        "mail",
        "job",
    ),
    Reaction("notifications.mail_new_device", NewDeviceSignedIn, mail_new_device, "mail", "job"),
    Reaction("notifications.mail_reset", ResetAsked, mail_reset, "mail", "job"),
    Reaction("notifications.mail_factor_added", FactorAdded, mail_proof_change, "mail", "job"),
    Reaction("notifications.mail_factor_removed", FactorRemoved, mail_proof_change, "mail", "job"),
    Reaction("notifications.mail_new_codes", RecoveryCodesMade, mail_proof_change, "mail", "job"),
    Reaction("notifications.mail_code_used", RecoveryCodeUsed, mail_proof_change, "mail", "job"),
    Reaction("notifications.mail_password", PasswordChanged, mail_proof_change, "mail", "job"),
    Reaction("notifications.mail_approval", ApprovalAsked, mail_approval_asked, "mail", "job"),
    Reaction("notifications.mail_invitation", InvitationAsked, mail_invitation, "mail", "job"),
    Reaction("notifications.mail_shop_offered", ShopOffered, mail_shop_offered, "mail", "job"),
    Reaction("notifications.mail_shop_given", ShopHandedOver, mail_shop_handed_over, "mail", "job"),
    Reaction(
        "notifications.mail_offer_ended", ShopOfferEnded, mail_shop_offer_ended, "mail", "job"
    ),
    Reaction("notifications.mail_api_token", ApiTokenMade, mail_api_token, "mail", "job"),
    Reaction("checkout.apply_webhook", WebhookStored, apply_webhook, "money", "job"),
)

PERSONAL_DATA: tuple[Holding, ...] = (
    *privacy.OF_DIRECTORY,
    *accounts.OF_DIRECTORY,
    *payments.OF_DIRECTORY,
    *privacy.OF_SHOPS,
    *accounts.OF_SHOPS,
    *ledger.OF_SHOPS,
    *customers.HOLDINGS,
    *orders.HOLDINGS,
    *cart.HOLDINGS,
    *checkout.HOLDINGS,
    *payments.OF_SHOPS,
    *fulfilment.HOLDINGS,
    *notifications.HOLDINGS,
)
"""Where people stand: export and erasure walk this from top to bottom, and erase from the bottom."""

WITHOUT_REACTION: dict[type[Event], str] = {
    OrderPlaced: "analytics will count it; nothing follows yet",
    OrderCancelled: "the buyer sees it on the page; a mail waits for the issue on notifications",
    ShopOpened: "the listing index will take it up",
    ShopSuspended: "pages read the state itself",
    SpareClaimed: "the schedule builds spares by itself; the event is for the admin's log",
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What the platform keeps of each sale, from the configuration."""

    commission_basis_points: int


def wire(configuration: Configuration) -> None:
    """Connect this process: logs, keys, engines, gateways, reactions. Once, at its start."""
    configure_logs(level=configuration.log_level, process_name=configuration.process_name)
    share_clock(configuration.clock_offset_file)
    disable_guards(configuration.disabled_guards)
    install_key_ring(
        KeyRing(
            configuration.sealing_keys,
            configuration.index_keys,
            unnamed=configuration.blind_index_key,
        )
    )
    install_audit_key(configuration.index_keys[0])
    install_vault(KeyVault(kept_seconds=configuration.keys_kept_seconds))
    provide(KeyStore, _key_store(configuration))
    open_engines(configuration)
    reactions.fill(EVENTS, REACTIONS)
    holdings.fill(PERSONAL_DATA)
    provide(PaymentProvider, StripePayments(configuration))
    provide(WebhookReader, StripeWebhooks(configuration.stripe_webhook_secrets))
    provide(Mailer, SmtpMailer(configuration.smtp_url, configuration.mail_sender))
    provide(MailWriter, TemplateMailWriter(configuration))
    provide(LastMail, WrittenLastMail())
    provide(FileStorage, _storage(configuration.storage_url))
    provide(CheckpointStore, _checkpoints(configuration.checkpoint_url))
    provide(PictureSource, WebPictures())
    provide(Challenge, _challenge(configuration))
    provide(PlatformTerms, Terms(configuration.commission_basis_points))
    if configuration.sentry_dsn:
        sentry_sdk.init(
            dsn=configuration.sentry_dsn,
            environment=configuration.environment,
            send_default_pii=False,
            before_send=scrub_report,
            before_send_transaction=scrub_report,
            before_breadcrumb=scrub_report,
            include_local_variables=False,
        )


def _key_store(configuration: Configuration) -> KeyStore:
    if configuration.kms_key_ids:
        return KmsKeyStore(configuration.kms_key_ids, endpoint=configuration.kms_endpoint)
    if configuration.root_keys_file:
        return LocalKeyStore(RootKeyFile(configuration.root_keys_file).read)
    return LocalKeyStore(lambda: configuration.sealing_keys)


def _checkpoints(url: str) -> CheckpointStore:
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return S3Checkpoints(parts.netloc, prefix=parts.path.lstrip("/"))
    return FolderCheckpoints(Path(parts.path)) if url else NoCheckpoints()


def _challenge(configuration: Configuration) -> Challenge:
    if not configuration.turnstile_site_key:
        return ProofOfWork(configuration.secret_keys, rounds=configuration.challenge_rounds)
    return Turnstile(
        site_key=configuration.turnstile_site_key,
        secret_keys=configuration.turnstile_secret_keys,
        url=configuration.turnstile_url,
    )


def _storage(url: str) -> FileStorage:
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return S3Storage(parts.netloc)
    return FolderStorage(Path(parts.path))
