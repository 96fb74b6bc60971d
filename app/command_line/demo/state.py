"""What a demo keeps between two runs besides the servers' files: its secrets and its ports."""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from app.command_line.access import ACCESS_FILE
from app.command_line.embedded import process
from app.command_line.embedded.folders import PASSABLE, make_folder
from app.command_line.errors import CommandError

PORTS = ("stripe", "mail", "smtp")
SIGN_INS = "sign-ins.json"


def _token() -> str:
    return secrets.token_urlsafe(36)


def _sealing_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _stripe_like(prefix: str) -> Callable[[], str]:
    return lambda: prefix + secrets.token_hex(16)


_SECRETS: Mapping[str, Callable[[], str]] = {
    "DATABASE_PASSWORD_SECRET": _token,
    "SECRET_KEYS": _token,
    "SEALING_KEYS": _sealing_key,
    "BLIND_INDEX_KEY": _token,
    "AUDIT_SIGNING_KEYS": _sealing_key,
    "STRIPE_API_KEY": _stripe_like("sk_test_"),
    "STRIPE_PUBLISHABLE_KEY": _stripe_like("pk_test_"),
    "STRIPE_WEBHOOK_SECRETS": _stripe_like("whsec_"),
}


class DemoState:
    """A state folder: passable for the database's user, readable for its owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        make_folder(self.folder, PASSABLE)
        if not os.access(self.folder, os.W_OK):
            raise CommandError(
                f"You may not write to the state folder {self.folder}; it belongs to another user."
                " Choose another with --state."
            )
        make_folder(self.logs)
        make_folder(self.media)
        make_folder(self.stand_ins)
        make_folder(self.checkpoints)

    @property
    def logs(self) -> Path:
        """The programs' messages."""
        return self.folder / "logs"

    @property
    def media(self) -> Path:
        """The shops' pictures."""
        return self.folder / "media"

    @property
    def stand_ins(self) -> Path:
        """What the stand-ins keep: payments and mails."""
        return self.folder / "stand-ins"

    @property
    def checkpoints(self) -> Path:
        """The log's checkpoints; a real marketplace keeps them with another party."""
        return self.folder / "checkpoints"

    @property
    def access_file(self) -> Path:
        """How an operator's commands reach the running demo; there only while it runs."""
        return self.folder / ACCESS_FILE

    @property
    def mark(self) -> str:
        """What every process of this demo carries in its environment."""
        return hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:24]

    def explain_use(self, holder: str) -> str:
        """Say who holds this folder, and what to do."""
        return (
            f"The state folder {self.folder} is in use by {holder}. End that one, or give this"
            " one a folder of its own with --state."
        )

    def secrets(self) -> dict[str, str]:
        """Return the secrets by variable, making those that are missing, once for all."""
        path = self.folder / "secrets.json"
        kept = _read(path)
        complete = {name: kept.get(name) or make() for name, make in _SECRETS.items()}
        if complete != kept:
            write_private(path, complete)
        return complete

    def root_keys(self) -> Path:
        """Return the file of the root keys, made with the first sealing key where there is none."""
        path = self.folder / "root-keys"
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
            fresh.write_text(self.secrets()["SEALING_KEYS"] + "\n")
            fresh.rename(path)
        return path

    def ports(self) -> dict[str, int]:
        """Return the stand-ins' ports, the same as before where they are still free."""
        path = self.folder / "ports.json"
        kept = _read(path)
        ports = {
            name: kept[name]
            if name in kept and process.is_port_free(kept[name])
            else process.find_free_port()
            for name in PORTS
        }
        write_private(path, ports)
        return ports


def write_private(path: Path, content: Mapping[str, object]) -> None:
    """Write JSON that only the owner may read; a crash leaves the old or the new, never half."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(content, indent=2))
    fresh.rename(path)


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    content: dict[str, Any] = json.loads(path.read_text())
    return content
