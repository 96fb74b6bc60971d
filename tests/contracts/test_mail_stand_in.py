"""The mail stand-in, spoken to as the real gateway and a person do."""

import smtplib
from email.message import EmailMessage

import pytest
import requests

from tests.simulators.mail import MailStandIn

pytestmark = pytest.mark.enable_socket


def _send(
    stand_in: MailStandIn,
    *,
    to: str = "ada@example.com",
    subject: str = "Ihre Bestellung – 42,99 €",
) -> None:
    message = EmailMessage()
    message["From"] = "Galleria <hello@galleria.example>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content("Guten Tag,\nsehen Sie http://shop.localhost:8000/orders/abc?x=1&y=2.\n")
    message.add_alternative(
        '<html><head><title>x</title></head><body><img src="cid:logo"><script>alert(1)</script>'
        '<a href="http://shop.localhost:8000/orders/abc">Order</a></body></html>',
        subtype="html",
    )
    html = message.get_payload()[1]
    html.add_related(b"\x89PNG", "image", "png", cid="<logo>")
    host, port = stand_in.smtp_url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port)) as client:
        client.send_message(message)


@pytest.fixture
def stand_in(tmp_path):
    with MailStandIn(tmp_path) as running:
        yield running


def test_a_mail_is_listed_with_its_texts(stand_in):
    _send(stand_in)
    (mail,) = requests.get(f"{stand_in.url}/messages.json", timeout=5).json()
    assert mail["to"] == ["ada@example.com"]
    assert mail["subject"] == "Ihre Bestellung – 42,99 €"
    assert "http://shop.localhost:8000/orders/abc?x=1&y=2." in mail["text"]
    assert "<script>" in mail["html"]


def test_the_list_is_newest_first_and_by_recipient(stand_in):
    _send(stand_in, subject="first")
    _send(stand_in, to="Bob@example.com", subject="second")
    everything = requests.get(f"{stand_in.url}/messages.json", timeout=5).json()
    assert [mail["subject"] for mail in everything] == ["second", "first"]
    for_bob = requests.get(
        f"{stand_in.url}/messages.json", params={"to": "bob@example.com"}, timeout=5
    )
    assert [mail["subject"] for mail in for_bob.json()] == ["second"]
    assert "second" in requests.get(stand_in.url, timeout=5).text


def test_the_html_is_shown_where_its_scripts_cannot_run(stand_in):
    _send(stand_in)
    page = requests.get(f"{stand_in.url}/messages/1", timeout=5).text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert '<a href="http://shop.localhost:8000/orders/abc?x=1&amp;y=2">' in page
    framed = requests.get(f"{stand_in.url}/messages/1/html", timeout=5)
    assert framed.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert '<base target="_blank">' in framed.text
    picture = framed.text.split('<img src="')[1].split('"')[0]
    assert requests.get(stand_in.url + picture, timeout=5).content == b"\x89PNG"


def test_mails_outlive_a_restart(tmp_path):
    with MailStandIn(tmp_path) as first:
        _send(first)
    with MailStandIn(tmp_path) as second:
        _send(second)
        assert [
            mail["number"] for mail in requests.get(f"{second.url}/messages.json", timeout=5).json()
        ] == [2, 1]


def test_a_mail_is_refused_on_demand(stand_in):
    stand_in.refuse()
    with pytest.raises(smtplib.SMTPDataError, match="451"):
        _send(stand_in)
    stand_in.refuse("")
    _send(stand_in)
    assert len(stand_in.store.select()) == 1


def test_all_can_be_thrown_away_but_not_by_another_site(stand_in):
    _send(stand_in)
    foreign = requests.post(
        f"{stand_in.url}/clear", headers={"Sec-Fetch-Site": "cross-site"}, timeout=5
    )
    assert foreign.status_code == 403
    assert requests.delete(f"{stand_in.url}/messages.json", timeout=5).status_code == 204
    assert stand_in.store.select() == []
