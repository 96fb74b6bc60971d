"""Root keys in AWS KMS, through boto3: they never leave it, and each use stands in its own log."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.foundation.ports import KeyStoreUnavailableError, WrappedKey

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 1, 2, 2
_UNKNOWN = frozenset({"NotFoundException", "DisabledException", "KMSInvalidStateException"})
_CHANGED = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class KmsKeyStore:
    """Answers for KeyStore with KMS keys; credentials come from the machine's own role.

    The role needs kms:Encrypt and kms:Decrypt. The place stands in the encryption context, which KMS
    binds in and writes into its log. The short times are for pages that wait for it.
    """

    def __init__(self, key_ids: tuple[str, ...], *, endpoint: str | None = None) -> None:
        self._key_ids = key_ids
        waiting = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        )
        self._client: Any = boto3.client("kms", endpoint_url=endpoint, config=waiting)

    @property
    def current(self) -> str:
        """The id of the first key."""
        return self._key_ids[0]

    def wrap(self, key: bytes, *, place: str) -> WrappedKey:
        """Encrypt a place's key with the first key."""
        try:
            answer = self._client.encrypt(
                KeyId=self.current, Plaintext=key, EncryptionContext={"place": place}
            )
        except (BotoCoreError, ClientError) as error:
            raise KeyStoreUnavailableError(type(error).__name__) from error
        return WrappedKey(self.current, answer["CiphertextBlob"])

    def unwrap(self, kept: WrappedKey, *, place: str) -> bytes:
        """Decrypt a place's key with the key that wrapped it."""
        if kept.root_name not in self._key_ids:
            raise LookupError(f"no root key is called {kept.root_name}")
        try:
            answer = self._client.decrypt(
                KeyId=kept.root_name, CiphertextBlob=kept.wrapped,
                EncryptionContext={"place": place},
            )  # fmt: skip
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _CHANGED:
                raise ValueError(
                    "a wrapped key was changed, or belongs to another place"
                ) from error
            if code in _UNKNOWN:
                raise LookupError(f"KMS has no usable key {kept.root_name}: {code}") from error
            raise KeyStoreUnavailableError(code) from error
        except BotoCoreError as error:
            raise KeyStoreUnavailableError(type(error).__name__) from error
        plain: bytes = answer["Plaintext"]
        return plain
