"""Writing mails in the buyer's language, from templates, without a request."""

from urllib.parse import quote

from flask import current_app, render_template
from flask_babel import force_locale, gettext

from app.domains.checkout.addresses import address_lines
from app.domains.notifications.ports import Mail, OrderFacts
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
        with unit_of_work(directory_scope()) as unit:
            shop = find_shop_by_id(unit, facts.scope.shop_id)
        if shop is None:
            raise LookupError("an order's shop is in the directory")
        language = facts.order.language
        link = self._links.shop(shop.slug, f"/orders/{quote(facts.token)}", language=language)
        with current_app.test_request_context(f"/{language}/"), force_locale(language):
            values = {
                "shop": shop,
                "order": facts.order,
                "lines": facts.lines,
                "address": address_lines(facts.contact.address),
                "link": link,
                "language": language,
            }
            return Mail(
                to=facts.contact.email,
                subject=gettext("Your order %(number)s at %(shop)s",
                                number=facts.order.number, shop=shop.name),
                text=render_template("mails/order_confirmed.txt", **values),
                html=render_template("mails/order_confirmed.html", **values),
                message_id=f"order-confirmed.{facts.order.id}",
                sender_name=shop.name,
            )  # fmt: skip
