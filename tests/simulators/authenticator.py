"""Plays a device that keeps passkeys: makes keys, signs challenges (WebAuthn level 3, ES256)."""

import base64
import hashlib
import json
import secrets
import struct

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40
SYNCED = 0x08 | 0x10


class Authenticator:
    """One device; tests may change what it says to see it refused."""

    def __init__(self, origin: str, *, verifies: bool = True, counts: bool = True) -> None:
        self.origin = origin
        self.verifies = verifies
        self.counts = counts
        self.keys: dict[bytes, tuple[ec.EllipticCurvePrivateKey, bytes]] = {}
        self.count = 0

    def create(self, options_json: str) -> str:
        """Answer navigator.credentials.create."""
        options = json.loads(options_json)
        key, identity = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(32)
        self.keys[identity] = (key, decode(options["user"]["id"]))
        numbers = key.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        attested = bytes(16) + struct.pack(">H", len(identity)) + identity + public
        data = self._data(options["rp"]["id"], HAS_KEY) + attested
        answer = {
            "clientDataJSON": self._client("webauthn.create", options["challenge"]),
            "attestationObject": encode(
                cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
            ),
            "transports": ["internal"],
        }
        return self._answer(identity, answer)

    def get(self, options_json: str, identity: bytes | None = None) -> str:
        """Answer navigator.credentials.get with the first key that is allowed."""
        options = json.loads(options_json)
        allowed = [decode(each["id"]) for each in options.get("allowCredentials") or []]
        identity = identity or next(i for i in self.keys if not allowed or i in allowed)
        key, user = self.keys[identity]
        client = self._client("webauthn.get", options["challenge"])
        data = self._data(options["rpId"], 0)
        signature = key.sign(
            data + hashlib.sha256(decode(client)).digest(), ec.ECDSA(hashes.SHA256())
        )
        answer = {
            "clientDataJSON": client, "authenticatorData": encode(data),
            "signature": encode(signature), "userHandle": encode(user),
        }  # fmt: skip
        return self._answer(identity, answer)

    def _data(self, party: str, flags: int) -> bytes:
        self.count += self.counts
        flags |= PRESENT | SYNCED | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(party.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return encode(json.dumps(said).encode())

    def _answer(self, identity: bytes, response: dict) -> str:
        return json.dumps(
            {"id": encode(identity), "rawId": encode(identity), "type": "public-key",
             "response": response, "clientExtensionResults": {}}
        )  # fmt: skip


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
