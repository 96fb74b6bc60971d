"""A worker writes mails in many languages one after the other: each is all in its own."""

import re

from tests.conftest import drain
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
