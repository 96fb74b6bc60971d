"""Sending mail over SMTP, to a relay that does the rest."""

import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from app.domains.notifications.ports import Mail

SECONDS = 10.0
DEFAULT_PORT = 587


class SmtpMailer:
    """Answers for Mailer. `url` is smtp://[user:password@]host:port, smtps:// for TLS at once."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = parseaddr(sender)[1]

    def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises OSError or SMTPException, and is tried again."""
        message = EmailMessage()
        message["Subject"] = mail.subject
        message["From"] = Address(display_name=mail.sender_name, addr_spec=self._sender)
        message["To"] = mail.to
        message["Message-ID"] = f"<{mail.message_id}@{self._sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        with self._connect() as server:
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "127.0.0.1", self._url.port or DEFAULT_PORT
        kind = smtplib.SMTP_SSL if self._url.scheme == "smtps" else smtplib.SMTP
        server = kind(host, port, timeout=SECONDS)
        try:
            self._sign_in(server)
        except BaseException:
            server.close()
            raise
        return server

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if not self._url.username:
            return
        if self._url.scheme != "smtps":
            server.starttls()
        server.login(unquote(self._url.username), unquote(self._url.password or ""))
