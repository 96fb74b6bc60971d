"""Mails as their reader sees them, in each theme's clothes: axe, no sideways scroll, day and night."""

import pytest

from app.domains.fulfilment.jobs import tell_of_parcels
from app.domains.fulfilment.rules import UNDO_FOR
from app.faces.shared.mail_styles import PLAIN, mail_style
from tests.browser.test_buying_in_a_browser import check_access, no_sideways_scroll
from tests.conftest import drain
from tests.functional import settling

pytestmark = pytest.mark.browser


def test_an_orders_mails_in_each_theme(platform, chromium, shop, mails, moved_clock):
    order = settling.buy(platform, shop, quantity=2)
    settling.send(shop, order)
    moved_clock.move(UNDO_FOR)
    assert tell_of_parcels(shop.scope) == 1
    drain()
    written = [mail.html for mail in mails]
    assert len(written) == 2
    for width, scheme in ((320, "dark"), (640, "light")):
        page = chromium.new_page(viewport={"width": width, "height": 700}, color_scheme=scheme)
        for html in written:
            for theme in ("maker", "box", "house", PLAIN):
                page.set_content(html.replace(mail_style(shop.kind), mail_style(theme)))
                no_sideways_scroll(page)
                check_access(page)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(33, 31, 30)" if scheme == "dark" else "rgb(245, 245, 244)")
        page.close()
