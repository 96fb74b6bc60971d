"""Mailer: SMTP to a real server that delivers nothing keeps what the tests' own collector promises."""

import email
import email.policy
import smtplib

import pytest

from app.domains.notifications.ports import Mail, Mailer
from app.gateways.mail.smtp import SmtpMailer
from tests.conftest import Collector
from tests.simulators.mail import MailStandIn

PORT, REAL, LOCAL = Mailer, SmtpMailer, Collector
MAIL = Mail(
    to="ada@example.com",
    subject="Ihre Bestellung – 42,99 €",
    text="Guten Tag,\nhttp://shop.localhost/orders/abc?x=1&y=2\n",
    html='<p>Guten Tag, <a href="http://shop.localhost/orders/abc">Bestellung</a></p>',
    message_id="018f-once",
    sender_name="Wren & Ore, „Schmuck“",
)


@pytest.fixture
def server(tmp_path):
    with MailStandIn(tmp_path) as running:
        yield running


def mailer_at(url):
    return SmtpMailer(url, "Galleria <hello@galleria.example>")


@pytest.fixture(params=["real", "local"])
def mailer_and_inbox(request):
    """A mailer, and what arrived: (to, subject, text) of each mail, oldest first."""
    if request.param == "local":
        collector = Collector()
        return collector, lambda: [(m.to, m.subject, m.text.strip()) for m in collector.sent]
    server = request.getfixturevalue("server")

    def inbox():
        return [
            (*m.recipients, m.subject, "\n".join(m.text.split("\r\n")).strip())
            for m in reversed(server.store.select())
        ]

    return mailer_at(server.smtp_url), inbox


def test_a_mail_arrives_as_it_was_written(mailer_and_inbox):
    mailer, inbox = mailer_and_inbox
    mailer.send(MAIL)
    assert inbox() == [(MAIL.to, MAIL.subject, MAIL.text.strip())]


def test_sending_again_sends_again(mailer_and_inbox):
    """Once is what the deliveries see to; the id lets a mail program drop the second."""
    mailer, inbox = mailer_and_inbox
    mailer.send(MAIL)
    mailer.send(MAIL)
    assert len(inbox()) == 2


def test_the_message_s_headers_are_whole(server):
    mailer_at(server.smtp_url).send(MAIL)
    mailer_at(server.smtp_url).send(MAIL)
    first, second = (
        email.message_from_bytes(mail.source, policy=email.policy.default)
        for mail in server.store.select()
    )
    assert first["Message-ID"] == second["Message-ID"] == "<018f-once@galleria.example>"
    assert first["From"].addresses[0].display_name == MAIL.sender_name
    assert first["From"].addresses[0].addr_spec == "hello@galleria.example"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first.get_body(("html",)).get_content().strip() == MAIL.html


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "x\r\nBcc: eve@example.com"},
        {"sender_name": "x\r\nBcc: eve@example.com"},
        {"to": "ada@example.com\r\nBcc: eve@example.com"},
        {"message_id": "x>\r\nBcc: eve@example.com"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_value_adds_a_header(server, change):
    with pytest.raises(ValueError, match=r".+"):
        mailer_at(server.smtp_url).send(Mail(**{**_fields(MAIL), **change}))
    assert server.store.select() == []


def test_a_server_that_refuses_or_is_down_is_an_error_that_is_tried_again(server):
    mailer = mailer_at(server.smtp_url)
    server.refuse("451 try again later")
    with pytest.raises(OSError, match="451") as refused:
        mailer.send(MAIL)
    assert isinstance(refused.value, smtplib.SMTPException)
    server.refuse("")
    mailer.send(MAIL)
    assert len(server.store.select()) == 1
    with pytest.raises(ConnectionError):
        mailer_at("smtp://127.0.0.1:9").send(MAIL)


def test_a_password_is_never_sent_in_the_clear(server):
    """A server without TLS gets no password, whatever the address in the configuration says."""
    url = server.smtp_url.replace("smtp://", "smtp://user:secret@")
    with pytest.raises(smtplib.SMTPNotSupportedError):
        mailer_at(url).send(MAIL)


def _fields(mail):
    return {name: getattr(mail, name) for name in Mail.__slots__}
