"""A worker writes mails in many languages one after the other: each is all in its own."""

import re
from datetime import UTC, datetime

from app.domains.notifications.ports import AccountLetter
from app.faces.shared.account_letters import LETTERS
from app.faces.shared.mails import TemplateMailWriter
from app.foundation.identifiers import new_id
from app.foundation.money import Money
from tests.conftest import BASE_DOMAIN, drain
from tests.functional import journey

WORDS = {"en": "Thank you.", "de": "Vielen Dank.", "fr": "Merci."}


def buy_in(platform, shop, language):
    client, base = platform.shop_client(shop.slug), f"/{language}"
    variant = journey.variant_of(client, "lens-necklace")
    client.post(f"{base}/cart/lines", {"variant_id": variant, "quantity": "1"})
    client.post(f"{base}/checkout", journey.ADDRESS)
    shipping = client.get(f"{base}/checkout/shipping").text
    option = re.search(r'name="option" value="([^"]+)"', shipping)[1]
    client.post(f"{base}/checkout/shipping", {"option": option})
    review = client.get(f"{base}/checkout/review").text
    seen = re.search(r'name="seen" value="([^"]+)"', review)[1]
    token = journey.token_of(client.post(f"{base}/checkout/place", {"seen": seen}))
    journey.pay(platform, journey.intent_of(client, token))
    client.get(f"{base}/orders/{token}/return")
    drain()


def test_each_mail_is_all_in_the_buyers_language(platform, shop, mails):
    for language in WORDS:
        buy_in(platform, shop, language)
    texts = [mail.text for mail in mails]
    assert len(texts) == 3
    for text, (language, word) in zip(texts, WORDS.items(), strict=True):
        assert word in text, (language, text)
    assert "€89.40" in texts[0]
    assert "89,40\xa0€" in texts[1]


FACTS = {
    "time": datetime(2026, 11, 28, 14, 5, tzinfo=UTC), "key": "stock", "agent": "Firefox",
    "address": "203.0.113.77", "left": 3, "shop": "Atelier", "amount": Money(123456, "EUR"),
    "role": "Support", "owner": "Ada", "new_owner": "Bea",
}  # fmt: skip
FACTS |= {"until": FACTS["time"], "ends": FACTS["time"]}
WRITTEN = {
    "en": ("November 28, 2026, 2:05", "€1,234.56"),
    "de": ("28. November 2026, 14:05", "1.234,56\xa0€"),
    "fr": ("28 novembre 2026, 14:05", "1\u202f234,56\xa0€"),
}


def test_each_letter_writes_days_and_amounts_in_its_language(platform):
    """One after the other, as a worker does: no letter keeps the language of the one before."""
    writer = TemplateMailWriter(platform.configuration)
    for kind, letter in LETTERS.items():
        said = " ".join(part if isinstance(part, str) else str(part) for part in letter.paragraphs)
        for language, (day, amount) in WRITTEN.items():
            facts = AccountLetter(
                kind, new_id(), "ada@example.com", "Ada", language, path="/sign-in", facts=FACTS
            )
            mail = writer.account_letter(facts)
            tells_day = re.search(r"%\((time|until|ends)\)s", said)
            assert (day in mail.text) == bool(tells_day), (kind, language, mail.text)
            assert (amount in mail.text) == ("%(amount)s" in said), (kind, language, mail.text)
            assert "%(" not in mail.text + mail.subject + mail.html
            assert f'lang="{language}"' in mail.html
            assert f"{BASE_DOMAIN}/{language}/sign-in" in mail.html
