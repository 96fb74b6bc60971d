"""Writing mails in the buyer's language, from templates, without a request."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import current_app, render_template
from flask_babel import force_locale, gettext

from app.domains.accounts.addresses.rules import address_lines
from app.domains.notifications.ports import (
    AccountLetter,
    Mail,
    OrderFacts,
    ParcelFacts,
    RefundFacts,
)
from app.faces.shared.account_letters import LETTERS
from app.faces.shared.links import Links
from app.foundation.configuration import Configuration
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import find_shop_by_id


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
            address=address_lines(facts.contact.address),
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
        with (
            current_app.test_request_context(f"/{letter.language}/"),
            force_locale(letter.language),
        ):
            subject, action, *paragraphs = words.tell(letter.facts)
            values = {
                "subject": subject, "action": action, "paragraphs": paragraphs, "link": link,
                "name": letter.name, "language": letter.language,
            }  # fmt: skip
            return Mail(
                to=letter.to, subject=subject,
                text=render_template("mails/account.txt", **values),
                html=render_template("mails/account.html", **values),
                message_id=f"{letter.kind.replace('_', '-')}.{letter.subject_id}",
                sender_name="Galleria",
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
        link = self._links.shop(shop.slug, f"/orders/{quote(facts.token)}", language=language)
        values = {
            "shop": shop, "order": facts.order, "lines": facts.lines, "link": link,
            "language": language, **more,
        }  # fmt: skip
        with (
            current_app.app_context(),  # a worker writes many: each starts with a clean context
            current_app.test_request_context(environ_overrides={"galleria.language": language}),
            force_locale(language),
        ):
            return Mail(
                to=facts.contact.email, subject=subject(shop.name),
                text=render_template(f"mails/{template}.txt", **values),
                html=render_template(f"mails/{template}.html", **values),
                message_id=message_id, sender_name=shop.name,
            )  # fmt: skip
