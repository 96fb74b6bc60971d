"""The mails received, each a file in a folder: they outlive a restart, and any mail program opens them."""

import email
import email.policy
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import cast

RECIPIENTS = "X-Stand-In-Recipients"
RECEIVED_AT = "X-Stand-In-Received-At"


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a mail: an attachment, or a picture that its HTML shows."""

    content_type: str
    content: bytes
    content_id: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it was received; `number` counts from 1."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    subject: str
    received_at: str
    text: str
    html: str
    parts: tuple[Part, ...]
    source: bytes

    def as_json(self) -> dict[str, object]:
        """What a test wants to know."""
        return {
            "number": self.number,
            "from": self.sender,
            "to": list(self.recipients),
            "subject": self.subject,
            "received_at": self.received_at,
            "text": self.text,
            "html": self.html,
        }


class MailStore:
    """A folder of mails, numbered in the order of their arrival."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, content: bytes, recipients: list[str]) -> int:
        """Keep a mail; return its number."""
        received_at = datetime.now(UTC).isoformat(timespec="seconds")
        head = f"{RECIPIENTS}: {', '.join(recipients)}\r\n{RECEIVED_AT}: {received_at}\r\n"
        with self._lock:
            number = max(self._numbers(), default=0) + 1
            unfinished = self._folder / "arriving"
            unfinished.write_bytes(head.encode() + content)
            unfinished.rename(self._path(number))
        return number

    def select(self, recipient: str = "") -> list[Mail]:
        """All mails, the newest first; only one recipient's where one is named."""
        mails = [self.find(number) for number in sorted(self._numbers(), reverse=True)]
        wanted = recipient.casefold()
        return [
            mail
            for mail in mails
            if mail and (not wanted or wanted in [to.casefold() for to in mail.recipients])
        ]

    def find(self, number: int) -> Mail | None:
        """One mail, or None."""
        try:
            source = self._path(number).read_bytes()
        except FileNotFoundError:
            return None
        return _parse(number, source)

    def clear(self) -> None:
        """Throw all mails away."""
        with self._lock:
            for number in self._numbers():
                self._path(number).unlink(missing_ok=True)

    def _numbers(self) -> list[int]:
        return [int(path.stem) for path in self._folder.glob("*.eml")]

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06}.eml"


def _parse(number: int, source: bytes) -> Mail:
    message = cast("EmailMessage", email.message_from_bytes(source, policy=email.policy.default))
    return Mail(
        number=number,
        sender=str(message["From"] or ""),
        recipients=tuple(to.strip() for to in str(message[RECIPIENTS] or "").split(",")),
        subject=str(message["Subject"] or ""),
        received_at=str(message[RECEIVED_AT] or ""),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        parts=tuple(_part(part) for part in _files(message)),
        source=source.split(b"\r\n", 2)[2],
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _files(message: EmailMessage) -> list[EmailMessage]:
    return [
        cast("EmailMessage", part)
        for part in message.walk()
        if not part.is_multipart()
        and (part.get_content_maintype() != "text" or part.get_filename())
    ]


def _part(part: EmailMessage) -> Part:
    payload = part.get_payload(decode=True)
    return Part(
        content_type=part.get_content_type(),
        content=payload if isinstance(payload, bytes) else b"",
        content_id=str(part["Content-ID"] or "").strip("<>"),
        file_name=part.get_filename() or "",
    )
