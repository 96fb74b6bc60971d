"""Tables of what people prove themselves with. Secrets are sealed or kept as hashes only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.database import DirectoryTable
from app.foundation.models import Instant
from app.foundation.sealing import SealedForPerson


class Passkey(DirectoryTable):
    """`credential_id` and `public_key` are the authenticator's; the private key never leaves it."""

    __tablename__ = "passkey"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    key_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(SealedForPerson("passkey.name"))
    transports: Mapped[str] = mapped_column(Text)
    is_backed_up: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class PasskeyChallenge(DirectoryTable):
    """What a passkey must sign: once, within five minutes, in the browser that asked."""

    __tablename__ = "passkey_challenge"

    challenge: Mapped[bytes] = mapped_column(primary_key=True)
    browser_hash: Mapped[bytes]
    ceremony: Mapped[str] = mapped_column(Text)
    person_id: Mapped[UUID | None]
    expires_at: Mapped[datetime] = mapped_column(Instant)


class AuthenticatorApp(DirectoryTable):
    """An app's secret; it counts once a first code confirmed it."""

    __tablename__ = "authenticator_app"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_confirmed: Mapped[bool] = mapped_column(primary_key=True)
    key_id: Mapped[UUID | None]
    secret: Mapped[str] = mapped_column(SealedForPerson("authenticator_app.secret"))
    made_at: Mapped[datetime] = mapped_column(Instant)


class UsedCode(DirectoryTable):
    """A step of 30 seconds whose code a person has used; the key makes it once only."""

    __tablename__ = "used_code"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    used_at: Mapped[datetime] = mapped_column(Instant)


class RecoveryCode(DirectoryTable):
    __tablename__ = "recovery_code"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class PasswordReset(DirectoryTable):
    """Somebody asked for a new password; without a person where the address has no account."""

    __tablename__ = "password_reset"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None]
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class PendingSignIn(DirectoryTable):
    """Somebody gave the right password and not yet the second factor; it opens nothing."""

    __tablename__ = "pending_sign_in"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    begun_at: Mapped[datetime] = mapped_column(Instant)


class SignInAttempt(DirectoryTable):
    """A try that failed or is going on; one that went well is taken away again."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(Text)
    account_index: Mapped[bytes]
    device_hash: Mapped[bytes | None]
    address_hash: Mapped[bytes]
    network_hash: Mapped[bytes]
    tried_at: Mapped[datetime] = mapped_column(Instant)


class PayoutPause(DirectoryTable):
    """Until when no money leaves a shop, because its bank account or a second factor changed."""

    __tablename__ = "payout_pause"

    shop_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(Text, primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
