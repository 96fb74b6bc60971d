"""What a person reads where something is refused: on every face, in their language, with a way on."""

import re

import pytest
from flask import abort

from app.factory import (
    create_admin_console,
    create_marketplace,
    create_merchant_console,
    create_storefront,
)
from tests.conftest import BASE_DOMAIN

FACES = {
    "storefront": create_storefront, "marketplace": create_marketplace,
    "merchant_console": create_merchant_console, "admin_console": create_admin_console,
}  # fmt: skip
TITLES = {
    403: {"en": "This is not allowed here", "de": "Das ist hier nicht erlaubt", "fr": "Ce n’est pas permis ici"},
    404: {"en": "Nothing here", "de": "Hier ist nichts", "fr": "Rien ici"},
    429: {"en": "Too many tries", "de": "Zu viele Versuche", "fr": "Trop d’essais"},
    500: {"en": "Something broke on our side", "de": "Bei uns ist etwas kaputtgegangen", "fr": "Quelque chose s’est cassé chez nous"},
    503: {"en": "Not just now", "de": "Gerade nicht", "fr": "Pas maintenant"},
}  # fmt: skip


def break_it(status):
    if status == 500:
        raise RuntimeError("planned")
    abort(status)


@pytest.mark.parametrize("face", FACES)
def test_every_error_has_a_page_in_each_language(platform, shop, face):
    app = FACES[face](platform.configuration)
    first = app.before_request_funcs[None]
    asked = {"status": 0}
    first.append(lambda: break_it(asked["status"]))
    host = f"{shop.slug}.{BASE_DOMAIN}" if face == "storefront" else BASE_DOMAIN
    for status, titles in TITLES.items():
        seen = set()
        for language, title in titles.items():
            asked["status"] = status
            answer = app.test_client().get(
                "/nowhere", base_url=f"http://{host}", headers={"Accept-Language": language},
                environ_base={"galleria.shop": shop, "galleria.language": language},
            )  # fmt: skip
            assert answer.status_code == status, (status, language)
            (heading,) = re.findall(r"<h1>([^<]+)</h1>", answer.text)
            assert heading == title, (status, language)
            (advice,) = re.findall(r"</h1><p>([^<]+)</p>", answer.text)
            seen |= {heading, advice}
            assert f'<html lang="{language}"' in answer.text
            assert re.search(r'class="button second" href="/[^"]*"', answer.text), "a way on"
            assert "RuntimeError" not in answer.text
            assert ("Retry-After" in answer.headers) == (status == 429)
        assert len(seen) == 2 * len(titles), "each language has words of its own"
