"""R5 (promises.md): every changing route, ten times at once: one effect, the same answer.

A route that no case here names fails the first test. The control takes the guard of idempotency
keys away, and the same race has more than one effect.
"""

import io
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from app import factory
from app.domains.accounts.rules import PLATFORM, Role
from app.domains.cart.models import Cart, CartLine
from app.domains.catalog.models import Product
from app.domains.checkout.models import Checkout
from app.domains.content.queries import get_kept
from app.domains.fulfilment.models import Shipment
from app.domains.inventory.models import Hold, Stock, StockLocation
from app.domains.orders.models import Order
from app.domains.payments.inbox.models import WebhookMessage
from app.domains.payments.models import ConnectedAccount, Payment
from app.domains.payments.refunds.models import Refund
from app.foundation.database import PlatformScope, directory_scope
from app.foundation.flags import STOP_MONEY, is_money_stopped, set_flag
from app.foundation.guards import Guard, disable_guards
from app.foundation.identifiers import new_id
from app.foundation.unit_of_work import unit_of_work
from tenants.operations import get_shop
from tests.conftest import BASE_DOMAIN, HostClient, drain, product_file
from tests.functional import journey, settling
from tests.functional.api import calls
from tests.functional.signing_in import sign_in_as
from tests.functional.test_what_goes_wrong import deliver, events_of

AT_ONCE = 10
KEY = "1234567890-1234567890"


@dataclass
class Case:
    """One race: what each of the ten sends, and what is counted afterwards."""

    send: Callable[[], Any]
    effect: Callable[[], Any]
    expected: Any
    same: Callable[[Any], Any] = lambda answer: (answer.status_code, answer.text)
    """What must be the same of all ten answers."""


@dataclass
class World:
    """A shop, a basket in it, and those who use it."""

    platform: Any
    shop: Any
    token: str = ""

    def count(self, model: Any, *conditions: Any) -> int:
        with unit_of_work(self.shop.scope) as unit:
            query = select(func.count()).select_from(model).where(*conditions)
            return unit.session.execute(query).scalar_one()

    def total(self, column: Any) -> int:
        with unit_of_work(self.shop.scope) as unit:
            return unit.session.execute(select(func.coalesce(func.sum(column), 0))).scalar_one()

    def browser(self) -> HostClient:
        """Another tab of the same buyer."""
        client = self.platform.shop_client(self.shop.slug)
        if self.token:
            client._client.set_cookie("cart", self.token, domain=client.host)
        return client

    def api(self) -> calls.ApiClient:
        return calls.api_of(self.platform, self.shop)

    def fill(self) -> HostClient:
        client = self.browser()
        journey.fill_basket(client)
        self.token = client.cookie("cart").value
        return client

    def signed_in(self, face: str, role: Role) -> Callable[[], HostClient]:
        shop_id = PLATFORM if role is Role.ADMIN else self.shop.id
        client = sign_in_as(self.platform, face, (shop_id, role))
        session = client.cookie("session").value

        def another_tab() -> HostClient:
            tab = self.platform.client(f"{face}.{BASE_DOMAIN}")
            tab._client.set_cookie("session", session, domain=tab.host)
            return tab

        return another_tab


def form_token(client: HostClient, path: str) -> str:
    return re.search(r'name="form_token" value="([^"]+)"', client.get(path).text)[1]


def where(answer: Any) -> Any:
    return answer.status_code, answer.headers.get("Location")


# --- the storefront's forms -------------------------------------------------------------------


def add_to_basket(world: World) -> Case:
    world.fill()
    variant = journey.variant_of(world.browser(), "tiny-stud")
    form = {"variant_id": variant, "quantity": "1", "key": KEY}
    return Case(
        lambda: world.browser().post("/en/cart/lines", form),
        lambda: (world.count(Cart), world.total(CartLine.quantity)),
        (1, 2),
        where,
    )


def begin_a_basket(world: World) -> Case:
    """Without a cookie yet: ten times the first piece, with the key that the page made."""
    variant = journey.variant_of(world.browser(), "tiny-stud")
    form = {"variant_id": variant, "quantity": "1", "key": KEY}
    return Case(
        lambda: world.browser().post("/en/cart/lines", form),
        lambda: (world.count(Cart), world.total(CartLine.quantity)),
        (1, 1),
        lambda answer: answer.headers["Set-Cookie"],
    )


def change_the_quantity(world: World) -> Case:
    variant = journey.fill_basket(client := world.browser())
    world.token = client.cookie("cart").value
    return Case(
        lambda: world.browser().post(f"/en/cart/lines/{variant}", {"quantity": "3"}),
        lambda: world.total(CartLine.quantity),
        3,
        where,
    )


def tell_the_address(world: World) -> Case:
    world.fill()
    return Case(
        lambda: journey.give_address(world.browser()), lambda: world.count(Checkout), 1, where
    )


def choose_the_shipping(world: World) -> Case:
    journey.give_address(world.fill())
    chosen = Checkout.shipping_option_id.is_not(None)
    return Case(
        lambda: journey.choose_shipping(world.browser()),
        lambda: world.count(Checkout, chosen),
        1,
        where,
    )


def place_the_order(world: World) -> Case:
    client = world.fill()
    journey.give_address(client)
    journey.choose_shipping(client)
    seen = journey.fingerprint(client)
    return Case(
        lambda: journey.place(world.browser(), seen),
        lambda: (world.count(Order), world.count(Payment), world.count(Hold), intents_of(world)),
        (1, 1, 1, 1),
        lambda answer: order_number(world, answer),
    )


def order_number(world: World, answer: Any) -> str:
    """A link is made for each answer; all must lead to one order."""
    api = world.api()
    return api.get(f"/orders/{journey.token_of(answer)}").json["number"]


def intents_of(world: World) -> int:
    store = world.platform.stripe.store
    mine = str(world.shop.id)
    return sum(i["metadata"].get("shop_id") == mine for i in store.of_kind("payment_intent"))


# --- the API ----------------------------------------------------------------------------------


def api_create_cart(world: World) -> Case:
    line = {"variant_id": calls.variant_of(world.api()), "quantity": 1}
    return Case(
        lambda: world.api().post("/carts", {"lines": [line]}, KEY),
        lambda: (world.count(Cart), world.total(CartLine.quantity)),
        (1, 1),
    )


def api_add_line(world: World) -> Case:
    cart = calls.make_cart(world.api())
    body = {"variant_id": calls.variant_of(world.api(), "tiny-stud"), "quantity": 2}
    return Case(
        lambda: world.api().post(f"/carts/{cart}/lines", body, KEY),
        lambda: world.total(CartLine.quantity),
        3,
    )


def api_set_line(world: World) -> Case:
    cart, variant = calls.make_cart(world.api()), calls.variant_of(world.api())
    return Case(
        lambda: world.api().put(f"/carts/{cart}/lines/{variant}", {"quantity": 4}, KEY),
        lambda: world.total(CartLine.quantity),
        4,
    )


def api_remove_line(world: World) -> Case:
    cart, variant = calls.make_cart(world.api()), calls.variant_of(world.api())
    return Case(
        lambda: world.api().call("DELETE", f"/carts/{cart}/lines/{variant}", key=KEY),
        lambda: world.count(CartLine),
        0,
    )


def api_set_details(world: World) -> Case:
    cart = calls.make_cart(world.api())
    return Case(
        lambda: world.api().put(f"/carts/{cart}/checkout/details", calls.DETAILS, KEY),
        lambda: world.count(Checkout),
        1,
    )


def api_set_shipping(world: World) -> Case:
    cart = calls.make_cart(world.api())
    option = calls.quote(world.api(), cart)["shipping_option_id"]
    body = {"shipping_option_id": option}
    return Case(
        lambda: world.api().put(f"/carts/{cart}/checkout/shipping", body, KEY),
        lambda: world.count(Checkout),
        1,
    )


def api_place(world: World) -> Case:
    cart = calls.make_cart(world.api())
    fingerprint = calls.quote(world.api(), cart)["quote"]["fingerprint"]
    return Case(
        lambda: world.api().post(f"/carts/{cart}/order", {"fingerprint": fingerprint}, KEY),
        lambda: (world.count(Order), world.count(Payment), world.count(Hold)),
        (1, 1, 1),
    )


def placed_order(world: World) -> str:
    cart = calls.make_cart(world.api())
    calls.quote(world.api(), cart)
    return calls.place(world.api(), cart).json["token"]


def api_begin_payment(world: World) -> Case:
    order = placed_order(world)
    return Case(
        lambda: world.api().post(f"/orders/{order}/payment", key=KEY),
        lambda: (world.count(Payment), intents_of(world)),
        (1, 1),
    )


def api_check_payment(world: World) -> Case:
    order = placed_order(world)
    secret = world.api().post(f"/orders/{order}/payment").json["client_secret"]
    intent = secret.split("_secret_")[0]
    journey.pay(world.platform, intent)
    return Case(
        lambda: world.api().post(f"/orders/{order}/payment/check", key=KEY),
        lambda: (charged(world, intent), world.total(Stock.on_hand), captures(world)),
        (8450 + 490, 4 * 5 - 1, 1),
        lambda answer: (answer.status_code, answer.json["number"]),
    )


def charged(world: World, intent: str) -> int:
    return world.platform.stripe.store.get("payment_intent", intent)["amount_received"]


def captures(world: World) -> int:
    with psycopg.connect(world.platform.server.directory) as connection:
        return connection.execute(
            "SELECT count(*) FROM platform.journal WHERE shop = %s AND event_type = 'capture'",
            [world.shop.schema],
        ).fetchone()[0]


# --- the consoles and the webhooks ------------------------------------------------------------


def save_a_product(world: World) -> Case:
    tab = world.signed_in("console", Role.OWNER)
    with unit_of_work(world.shop.scope) as unit:
        product = unit.session.execute(
            select(Product.id).where(Product.handle == "tiny-stud")
        ).scalar_one()
        variant = unit.session.execute(select(Stock.variant_id).limit(1)).scalar_one()
    path = f"/shops/{world.shop.id}/products/{product}"
    page = tab().get(path).text
    field = re.search(r'name="(stock-[^"]+)"', page)[1]
    form = {"form_token": form_token(tab(), path), field: "9", "is_published": "on"}
    assert variant
    return Case(
        lambda: tab().post(path, form),
        lambda: (world.count(StockLocation), world.total(Stock.on_hand)),
        (1, 3 * 5 + 9),
        where,
    )


def import_a_file(world: World) -> Case:
    tab = world.signed_in("console", Role.OWNER)
    path = f"/shops/{world.shop.id}/import"
    token = form_token(tab(), path)
    content = product_file(7).replace(b"elder-ring", b"alder-ring")

    def send() -> Any:
        form = {"form_token": token, "file": (io.BytesIO(content), "products.csv")}
        return tab().post(path, form, content_type="multipart/form-data")

    return Case(
        send,
        lambda: (world.count(Product), world.count(StockLocation), world.total(Stock.on_hand)),
        (4, 1, 2 * 5 + 4 * 7),
        where,
    )


def set_up_payouts(world: World) -> Case:
    tab = world.signed_in("console", Role.OWNER)
    token = form_token(tab(), f"/shops/{world.shop.id}/import")

    def accounts() -> int:
        mine = str(world.shop.id)
        kept = world.platform.stripe.store.of_kind("v2.core.account")
        return sum(account["metadata"].get("shop_id") == mine for account in kept)

    return Case(
        lambda: tab().post(f"/shops/{world.shop.id}/payouts", {"form_token": token}),
        lambda: (world.count(ConnectedAccount), accounts()),
        (1, 1),
        lambda answer: answer.status_code,
    )


def send_a_parcel(world: World) -> Case:
    tab, path, key = _opened_order(world)
    form = {
        "form_token": form_token(tab(), path),
        "parcel_id": key,
        "carrier": "DHL",
        "pieces-1": "1",
    }
    return Case(
        lambda: tab().post(f"{path}/shipments", form), lambda: world.count(Shipment), 1, where
    )


def take_a_parcel_back(world: World) -> Case:
    tab, path, key = _opened_order(world)
    token = form_token(tab(), path)
    sent = {"form_token": token, "parcel_id": key, "carrier": "DHL", "pieces-1": "1"}
    assert tab().post(f"{path}/shipments", sent).status_code == 303
    return Case(
        lambda: tab().post(f"{path}/shipments/{key}/undo", {"form_token": token}),
        lambda: world.count(Shipment, Shipment.undone_at.is_not(None)),
        1,
        where,
    )


def give_money_back(world: World) -> Case:
    tab, path, key = _opened_order(world)
    form = {
        "form_token": form_token(tab(), f"{path}/refund"), "refund_id": key, "kind": "amount",
        "amount": "5.00", "reason": "goodwill",
    }  # fmt: skip
    return Case(
        lambda: tab().post(f"{path}/refund", form),
        lambda: (world.count(Refund), world.total(Payment.refunded + Payment.refunding)),
        (1, 500),
        where,
    )


def _opened_order(world: World) -> tuple[Callable[[], HostClient], str, str]:
    order = settling.buy(world.platform, world.shop)
    tab = world.signed_in("console", Role.OWNER)
    return tab, f"/shops/{world.shop.id}/orders/{order}", str(new_id())


def say_something(world: World) -> Case:
    tab = world.signed_in("console", Role.OWNER)
    path = f"/shops/{world.shop.id}/profile/texts"
    form = {"form_token": form_token(tab(), path), "seen": "1", "tagline-en": "Once"}
    return Case(lambda: tab().post(path, form), lambda: _profile(world), (2, "Once"), where)


def unsay_it(world: World) -> Case:
    told = say_something(world)
    before = _profile(world)[1]
    assert told.send().status_code == 303
    tab = world.signed_in("console", Role.OWNER)
    path = f"/shops/{world.shop.id}/profile"
    form = {"form_token": form_token(tab(), path), "part": "texts", "seen": "2"}
    return Case(
        lambda: tab().post(f"{path}/undo", form), lambda: _profile(world), (3, before), where
    )


def _profile(world: World) -> tuple[int, str]:
    with unit_of_work(world.shop.scope) as unit:
        kept = get_kept(unit)
    return kept.version("texts"), kept.text("tagline", "en")


def let_the_money_go_on(world: World) -> Case:
    with unit_of_work(PlatformScope(world.shop.cell, "platform_jobs")) as unit:
        set_flag(unit, shop=world.shop.schema, name=STOP_MONEY, is_on=True, reason="test")
    tab = world.signed_in("admin", Role.ADMIN)
    path = f"/shops/{world.shop.id}"
    form = {"form_token": form_token(tab(), path), "reason": "looked at"}

    def effect() -> bool:
        with unit_of_work(world.shop.scope) as unit:
            return is_money_stopped(unit)

    return Case(lambda: tab().post(f"{path}/money", form), effect, expected=False, same=where)


def suspend_the_shop(world: World) -> Case:
    return _step_the_shop(world, "suspend", "suspended")


def resume_the_shop(world: World) -> Case:
    tab = world.signed_in("admin", Role.ADMIN)
    path = f"/shops/{world.shop.id}"
    tab().post(f"{path}/suspend", {"form_token": form_token(tab(), path)})
    return _step_the_shop(world, "resume", "open")


def _step_the_shop(world: World, step: str, state: str) -> Case:
    tab = world.signed_in("admin", Role.ADMIN)
    path = f"/shops/{world.shop.id}"
    form = {"form_token": form_token(tab(), path), "reason": "check"}

    def effect() -> Any:
        with unit_of_work(directory_scope()) as unit:
            return get_shop(unit, world.shop.id).state

    return Case(
        lambda: tab().post(f"{path}/{step}", form), effect, state, lambda a: a.status_code < 500
    )


def receive_a_webhook(world: World) -> Case:
    order = placed_order(world)
    secret = world.api().post(f"/orders/{order}/payment").json["client_secret"]
    intent = secret.split("_secret_")[0]
    journey.pay(world.platform, intent)
    event = events_of(world.platform, intent)[-1]

    def effect() -> Any:
        drain()
        with unit_of_work(directory_scope()) as unit:
            stored = unit.session.execute(
                select(WebhookMessage.times_applied).where(WebhookMessage.shop_id == world.shop.id)
            ).scalars()
            return list(stored), captures(world)

    return Case(
        lambda: deliver(world.platform, event),
        effect,
        ([1], 1),
    )


CASES: dict[str, tuple[Callable[[World], Case], ...]] = {
    "storefront basket.add": (add_to_basket, begin_a_basket),
    "storefront basket.change": (change_the_quantity,),
    "storefront checkout.take_address": (tell_the_address,),
    "storefront checkout.take_shipping": (choose_the_shipping,),
    "storefront checkout.place": (place_the_order,),
    "shop_api carts.create": (api_create_cart,),
    "shop_api carts.add": (api_add_line,),
    "shop_api carts.change": (api_set_line,),
    "shop_api carts.remove": (api_remove_line,),
    "shop_api checkouts.set_details": (api_set_details,),
    "shop_api checkouts.set_shipping": (api_set_shipping,),
    "shop_api checkouts.place": (api_place,),
    "shop_api orders.pay": (api_begin_payment,),
    "shop_api orders.check": (api_check_payment,),
    "merchant_console products.save": (save_a_product,),
    "merchant_console products.take_file": (import_a_file,),
    "merchant_console profile.save_texts": (say_something,),
    "merchant_console profile.put_back": (unsay_it,),
    "merchant_console money.set_up": (set_up_payouts,),
    "merchant_console orders.send": (send_a_parcel,),
    "merchant_console orders.undo": (take_a_parcel_back,),
    "merchant_console refunds.give_back": (give_money_back,),
    "admin_console shops.resume_payments": (let_the_money_go_on,),
    "admin_console shops.suspend": (suspend_the_shop,),
    "admin_console shops.resume": (resume_the_shop,),
    "webhooks webhooks.stripe": (receive_a_webhook,),
}
EACH_IS_ITS_OWN = {
    "marketplace sign_in.take": "signing in ten times is ten sessions",
    "marketplace prove.take": "a proof is a proof, however often",
    "marketplace prove.take_code": "each code counts once: test_factors",
    "marketplace prove.take_passkey": "each answer counts once: test_factors",
    "marketplace sign_in.take_passkey": "each answer counts once: test_factors",
    "marketplace second_step.take": "each code counts once: test_factors",
    "marketplace second_step.take_passkey": "each answer counts once: test_factors",
    "marketplace security.add_app": "the code that confirms counts once: test_factors",
    "marketplace security.add_passkey": "each answer counts once: test_factors",
    "marketplace security.rename": "saves what is written; ten times the same",
    "marketplace security.drop_app": "an app is removed once; the last one stays: test_factors",
    "marketplace security.drop_passkey": "a passkey is removed once; nothing follows from it",
    "marketplace security.new_codes": "the last ten codes replace all before",
    "marketplace password.take": "the last password counts",
    "marketplace reset.take": "asking ten times is three mails; test_factors",
    "marketplace reset.finish": "the link counts once: test_factors",
    **{
        f"marketplace {endpoint}": "a new question for a passkey each time; an answer counts once"
        for endpoint in (
            "sign_in.passkey",
            "second_step.passkey",
            "prove.passkey",
            "reset.passkey",
            "security.passkey_options",
        )
    },
    "marketplace sign_up.take": "asking ten times is ten mails; the first link ends the others",
    "marketplace sign_up.finish": "the link counts once: test_signing_in",
    "storefront orders.begin": "an answer to a challenge counts once: test_card_testing",
    "storefront account.answer": "an answer that is no news is not written; ten times the same",
    "marketplace addresses.add": "the form carries the address's id: test_privacy sends it twice",
    "marketplace addresses.change": "saves what is written; ten times the same",
    "marketplace addresses.put_first": "one address is first; ten times the same",
    "marketplace addresses.remove": "an address goes once; afterwards it is a 404",
    "marketplace privacy.answer": "an answer that is no news is not written; ten times the same",
    "marketplace privacy.export": "reads only",
    "marketplace privacy.erase": "one open wish a person (index); ten times the same",
    "marketplace privacy.keep": "a wish is taken back once; nothing follows from it",
    "marketplace tokens.make": "the form brings the key's id: test_keys_for_programs",
    "marketplace tokens.withdraw": "a key is withdrawn once; nothing follows from it",
    "merchant_console tokens.make": "the form brings the key's id: test_keys_for_programs",
    "merchant_console tokens.withdraw": "a key is withdrawn once; nothing follows from it",
    "marketplace_api account.change": "saves what is written; ten times the same",
    "marketplace_api account.end": "a session ends once; nothing follows from it",
    "marketplace_api account.add": "the id is made of the key: test_keys_for_programs",
    "marketplace_api account.rewrite": "saves what is written; ten times the same",
    "marketplace_api account.remove": "an address goes once; nothing follows from it",
    "marketplace account.change": "saves what is written; ten times the same",
    "marketplace account.end": "a session ends once; nothing follows from it",
    "marketplace account.end_others": "sessions end once; nothing follows from it",
    "marketplace email.take": "the last wish replaces those before; one is open at most (index)",
    "marketplace email.finish": "the link counts once: test_signing_in",
    "marketplace email.undo": "the link counts once: test_signing_in",
    **{
        f"{face} sign_in.leave": "a session ends once; nothing follows from it"
        for face in ("storefront", "marketplace", "merchant_console", "admin_console")
    },
    **{
        f"{face} take_reports": "a browser's report is counted in the log, and changes nothing"
        for face in ("storefront", "marketplace", "merchant_console", "admin_console")
    },
    **{
        f"{face} approvals.{verb}": "of several decisions one counts: test_approvals"
        for face in ("merchant_console", "admin_console")
        for verb in ("approve", "decline")
    },
    **{
        f"admin_console journals.{verb}": "one posting whatever is clicked twice: test_correcting"
        for verb in ("write", "reverse", "approve", "decline", "withdraw")
    },
    "admin_console unanswered.ask": "does what the schedule does: test_settling, races",
    "merchant_console approvals.withdraw": "a wish is decided once (trigger): test_approvals",
    **{
        f"{face} people.{verb}": why
        for face in ("merchant_console", "admin_console")
        for verb, why in {
            "send": "one invitation of an address is open at most (lock and index)",
            "send_again": "a minute between two mails; only the newest link works",
            "withdraw": "an invitation ends once; nothing follows from it",
            "change": "whoever comes last decides the role; nothing is added up",
            "remove": "a colleague goes once; the last owner stays: test_memberships",
        }.items()
    },
    "merchant_console roles.make": "two roles of one name cannot be (index)",
    "merchant_console roles.change": "whoever comes last decides; nothing is added up",
    "merchant_console roles.remove": "a role goes once; the next one finds none",
    "merchant_console pictures.save": "a picture of the same content is one (key): test_pictures_by_hand",
    "merchant_console making.make": "the form brings the product's id: test_products_by_hand",
    "merchant_console making.change": "saves what is written; ten times the same",
    "merchant_console collections.arrange": "an order is written under a lock; deleted once",
    "merchant_console collections.make": "the form brings the id: test_collections_by_hand",
    "merchant_console collections.change": "saves what is written; ten times the same",
    "merchant_console collections.fill": "a product is in a collection once (key)",
    "merchant_console profile.rename": "ten times the same name is one: test_shop_profile",
    "merchant_console profile.save_imprint": "as profile.save_texts, which is raced",
    "merchant_console profile_pictures.save": "as profile.save_texts, which is raced",
    "merchant_console own_stock.save": "a count is set, not added: test_people_of_a_shop",
    "merchant_console rights.view_as": "the last choice counts; nothing is changed in the shop",
    "merchant_console rights.stop": "the last choice counts; nothing is changed in the shop",
    "merchant_console rights.offer": "one offer of a shop is open at most (index)",
    "merchant_console rights.accept": "an offer is answered once (locked): test_memberships",
    "merchant_console rights.end": "an offer is answered once (locked): test_memberships",
    "merchant_console rights.leave": "one leaves once; the last owner stays: test_memberships",
    "marketplace invitations.accept": "an invitation is accepted once: test_memberships",
    "admin_console operations.send_again": "asks for one more try; `consumed` makes it one effect",
}


def changing_routes(platform: Any) -> set[str]:
    makers = (
        factory.create_storefront, factory.create_marketplace, factory.create_merchant_console,
        factory.create_admin_console, factory.create_webhooks, factory.create_shop_api,
        factory.create_media,
        factory.create_marketplace_api,
    )  # fmt: skip
    apps = [make(platform.configuration) for make in makers]
    return {
        f"{app.name.removeprefix('app.faces.')} {rule.endpoint}"
        for app in apps
        for rule in app.url_map.iter_rules()
        if rule.methods - {"GET", "HEAD", "OPTIONS"}
    }


def race(case: Case, at_once: int = AT_ONCE) -> list[Any]:
    """Send it that often at the same moment; return what must be the same of each answer."""
    gate = threading.Barrier(at_once)

    def send(_: int) -> Any:
        gate.wait(30)
        return case.send()

    with ThreadPoolExecutor(at_once) as pool:
        return [case.same(answer) for answer in pool.map(send, range(at_once))]


def test_every_changing_route_has_its_race(platform):
    assert changing_routes(platform) == set(CASES) | set(EACH_IS_ITS_OWN)


@pytest.mark.parametrize("make", [make for group in CASES.values() for make in group])
def test_ten_at_once_are_one(platform, shop, make):
    case = make(World(platform, shop))
    answers = race(case)
    assert len({str(answer) for answer in answers}) == 1, answers
    assert case.effect() == case.expected


@pytest.mark.parametrize("make", [api_create_cart, api_add_line, begin_a_basket, give_money_back])
def test_control_without_the_keys_it_happens_more_than_once(platform, shop, make):
    case = make(World(platform, shop))
    disable_guards(frozenset({Guard.IDEMPOTENCY.value}))
    try:
        race(case)
    finally:
        disable_guards(frozenset())
    assert case.effect() != case.expected


@pytest.mark.parametrize("make", [api_create_cart, api_add_line, api_place, add_to_basket])
def test_a_request_that_died_before_its_commit_is_done_by_the_next_one(platform, shop, make):
    """The database refuses the first commit; the same request again is the one effect."""
    case = make(World(platform, shop))
    before = case.effect()
    with psycopg.connect(platform.server.directory, autocommit=True) as connection:
        refuse_commits(connection, shop.schema)
        assert case.send().status_code == 503
        assert case.effect() == before, "nothing of it stays"
        connection.execute(f"DROP TRIGGER refuse ON {shop.schema}.idempotency_key".encode())
    race(case)
    assert case.effect() == case.expected


def refuse_commits(connection: Any, schema: str) -> None:
    connection.execute(
        f"""
        CREATE OR REPLACE FUNCTION {schema}.refuse() RETURNS trigger LANGUAGE plpgsql
          AS $$ BEGIN RAISE EXCEPTION 'no commit'; END $$;
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {schema}.idempotency_key
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {schema}.refuse();
        """.encode()
    )
