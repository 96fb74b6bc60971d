"""The steps of a purchase as a browser takes them, on whatever serves the shop."""

from dataclasses import dataclass

GOOD_CARD = "4242 4242 4242 4242"
DECLINED_CARD = "4000 0000 0000 0002"
ASKING_CARD = "4000 0000 0000 3220"
"""Its bank asks the buyer (3-D Secure)."""


@dataclass(frozen=True)
class Words:
    """What the pages of a purchase say in one language."""

    add: str
    check_out: str
    fields: tuple[str, str, str, str, str]
    to_shipping: str
    to_payment: str
    order: str
    card: tuple[str, str, str]
    pay: str
    stands: str


ENGLISH = Words(
    add="Add to basket",
    check_out="Check out",
    fields=("E-mail", "Full name", "Street and number", "Postcode", "Town or city"),
    to_shipping="Continue to shipping",
    to_payment="Continue to payment",
    order="Order and pay",
    card=("Card number", "Expiry", "Security code"),
    pay="Pay €",
    stands="Your order stands",
)
GERMAN = Words(
    add="In den Warenkorb",
    check_out="Zur Kasse",
    fields=("E-Mail", "Vor- und Nachname", "Straße", "Postleitzahl", "Ort"),
    to_shipping="Weiter zum Versand",
    to_payment="Weiter zur Zahlung",
    order="Kostenpflichtig bestellen",
    card=("Kartennummer", "Gültig bis", "Prüfziffer"),
    pay="zahlen",
    stands="Ihre Bestellung ist bestätigt",
)


def take_to_checkout(page, words=ENGLISH):
    """From a product's page to the checkout."""
    page.get_by_role("button", name=words.add).click()
    page.get_by_role("link", name=words.check_out).click()


def fill_details(page, email="ada@example.com", words=ENGLISH):
    """Who buys, and where it goes."""
    values = (email, "Ada Buyer", "Lindenstr. 5", "10969", "Berlin")
    for label, value in zip(words.fields, values, strict=True):
        page.get_by_label(label).first.fill(value)
    page.get_by_role("button", name=words.to_shipping).click()


def order(page, words=ENGLISH):
    """From the details to the payment's page, with the first way of shipping."""
    page.get_by_role("button", name=words.to_payment).click()
    page.get_by_role("button", name=words.order).click()


def fill_card(page, number, words=ENGLISH):
    """Into the payment's own frame, which is Stripe's."""
    field = page.frame_locator("#payment-element iframe")
    for label, value in zip(words.card, (number, "12 / 40", "123"), strict=True):
        field.get_by_label(label).fill(value)


def pay(page, words=ENGLISH):
    """Press the button that pays."""
    page.get_by_role("button", name=words.pay).click()


def wait_until_it_stands(page, words=ENGLISH):
    """Until the buyer is told that the order stands."""
    page.get_by_role("heading", name=words.stands).wait_for(timeout=30_000)
