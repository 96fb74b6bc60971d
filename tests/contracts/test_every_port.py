"""Every port of a domain has a gateway, and one contract test that holds its real and its local side.

What answers for a port comes from the wiring, and what a port is from the domains' own `ports.py`.
"""

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Protocol

import app.domains
import app.foundation
from app.domains.accounts.challenges.ports import Challenge
from app.domains.checkout.ports import PlatformTerms
from app.domains.media.ports import FileStorage, PictureSource
from app.domains.notifications.ports import Mailer, MailWriter
from app.domains.payments.ports import PaymentProvider, WebhookReader
from app.domains.privacy.ports import LastMail
from app.foundation.audit.ports import CheckpointStore
from app.foundation.ports import KeyStore, port

CONTRACTS = {
    CheckpointStore: ("test_checkpoint_store", "S3Checkpoints", "FolderCheckpoints"),
    FileStorage: ("test_file_storage", "S3Storage", "FolderStorage"),
    PictureSource: ("test_picture_source", "WebPictures", "local_folders"),
    Challenge: ("test_challenge", "Turnstile", "ProofOfWork"),
    Mailer: ("test_mailer", "SmtpMailer", "MailStandIn"),
    PaymentProvider: ("test_stripe_gateway", "StripePayments", "stand_in"),
    KeyStore: ("test_keys", "KmsKeyStore", "LocalKeyStore"),
    WebhookReader: ("test_stripe_gateway", "StripeWebhooks", "stand_in"),
}
"""The contract test of each port, and how it names the real and the local side."""
WITHOUT_CONTRACT = {
    LastMail: "a letter of our own, handed to the Mailer, which has its contract",
    MailWriter: "our own templates; nothing outside, and the purchase's tests read the mails",
    PlatformTerms: "a figure of the configuration",
}


def ports_of(package) -> set[type]:
    """Return every protocol in a `ports.py` of a package's parts."""
    found = set()
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith(".ports"):
            continue
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if kind.__module__ == module.name and Protocol in kind.__bases__:
                found.add(kind)
    return found


def every_port() -> set[type]:
    return ports_of(app.domains) | ports_of(app.foundation)


def test_every_port_has_a_contract_test_or_says_why_not():
    assert every_port() == set(CONTRACTS) | set(WITHOUT_CONTRACT)
    assert not set(CONTRACTS) & set(WITHOUT_CONTRACT)


def test_each_contract_test_holds_both_sides():
    for wanted, (name, *sides) in CONTRACTS.items():
        source = (Path(__file__).parent / f"{name}.py").read_text()
        assert "def test_" in source, name
        assert [side for side in sides if side not in source] == [], wanted.__name__


def test_every_port_is_provided_with_all_that_it_names(platform):
    """The wiring gives a gateway for each, and the gateway can do everything the port names."""
    for wanted in every_port():
        gateway = port(wanted)
        named = {name for name in vars(wanted) if not name.startswith("_")}
        assert [name for name in named if not hasattr(gateway, name)] == [], wanted.__name__
