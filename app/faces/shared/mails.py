"""Writing mails in the buyer's language, from templates, without a request."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from flask import current_app, render_template
from flask_babel import force_locale, gettext

from app.domains.content.queries import get_profile
from app.domains.notifications.ports import (
    AccountLetter,
    Mail,
    OrderFacts,
    ParcelFacts,
    RefundFacts,
)
from app.faces.shared.account_letters import LETTERS
from app.faces.shared.formatting import write_address
from app.faces.shared.links import Links
from app.faces.shared.mail_styles import PLAIN, mail_style
from app.foundation.configuration import Configuration
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import find_shop_by_id

PLATFORM_NAME = "Galleria"


class TemplateMailWriter:
    """Answers for MailWriter with Jinja templates."""

    def __init__(self, configuration: Configuration) -> None:
        self._links = Links(configuration)

    def order_confirmed(self, facts: OrderFacts) -> Mail:
        """Write: your order stands."""
        return self._write(
            facts, "order_confirmed", f"order-confirmed.{facts.order.id}",
            lambda shop: gettext("Your order %(number)s at %(shop)s",
                                 number=facts.order.number, shop=shop),
            address=write_address(facts.contact.address),
        )  # fmt: skip

    def parcel_sent(self, facts: ParcelFacts) -> Mail:
        """Write: your parcel is on its way."""
        numbered = enumerate(facts.order.lines, start=1)
        sent = [(facts.pieces[n], line) for n, line in numbered if n in facts.pieces]
        return self._write(
            facts.order, "parcel_sent", f"parcel-sent.{facts.shipment_id}",
            lambda shop: gettext("Your order %(number)s at %(shop)s is on its way",
                                 number=facts.order.order.number, shop=shop),
            sent=sent, carrier=facts.carrier, tracking_number=facts.tracking_number,
        )  # fmt: skip

    def money_returned(self, facts: RefundFacts) -> Mail:
        """Write: money goes back to you."""
        return self._write(
            facts.order, "money_returned", f"money-returned.{facts.refund_id}",
            lambda shop: gettext("Money back for your order %(number)s at %(shop)s",
                                 number=facts.order.order.number, shop=shop),
            amount=facts.amount,
        )  # fmt: skip

    def account_letter(self, letter: AccountLetter) -> Mail:
        """Write to a person about their account; the words stand in account_letters."""
        words = LETTERS[letter.kind]
        link = self._links.marketplace(f"/{letter.language}{letter.path}")
        with _in_language(letter.language):
            subject, action, *paragraphs = words.tell(letter.facts)
            values = {
                "subject": subject, "action": action, "paragraphs": paragraphs, "link": link,
                "name": letter.name, "language": letter.language,
                "sender": PLATFORM_NAME, "style": mail_style(PLAIN),
            }  # fmt: skip
            return Mail(
                to=letter.to, subject=subject,
                text=render_template("mails/account.txt", **values),
                html=render_template("mails/account.html", **values),
                message_id=f"{letter.kind.replace('_', '-')}.{letter.subject_id}",
                sender_name=PLATFORM_NAME,
            )  # fmt: skip

    def _write(
        self,
        facts: OrderFacts,
        template: str,
        message_id: str,
        subject: Callable[[str], str],
        **more: Any,
    ) -> Mail:
        with unit_of_work(directory_scope()) as unit:
            shop = find_shop_by_id(unit, facts.scope.shop_id)
        if shop is None:
            raise LookupError("an order's shop is in the directory")
        language = facts.order.language
        with unit_of_work(facts.scope) as unit:
            profile = get_profile(unit, language=language, fallback=shop.language)
        link = self._links.shop(shop.slug, f"/orders/{quote(facts.token)}", language=language)
        values = {
            "shop": shop, "order": facts.order, "lines": facts.lines, "link": link,
            "language": language, "contact_email": profile.contact_email,
            "imprint": profile.imprint, "sender": shop.name,
            "style": mail_style(shop.kind), **more,
        }  # fmt: skip
        with _in_language(language):
            values["subject"] = subject(shop.name)
            return Mail(
                to=facts.contact.email, subject=values["subject"],
                text=render_template(f"mails/{template}.txt", **values),
                html=render_template(f"mails/{template}.html", **values),
                message_id=message_id, sender_name=shop.name,
            )  # fmt: skip


@contextmanager
def _in_language(language: str) -> Iterator[None]:
    """Let words, dates and money be in a language, for one mail."""
    with (
        current_app.app_context(),  # a worker writes many: each starts with a clean context
        current_app.test_request_context(environ_overrides={"galleria.language": language}),
        force_locale(language),
    ):
        yield
