"""Headers of every face, of errors and of our own files; and what browsers report of them."""

import io
import json
import logging
import secrets

import pytest

from app.dispatcher import Dispatcher
from app.domains.accounts.rules import Role
from app.faces.shared import reports
from tests.conftest import BASE_DOMAIN, HostClient
from tests.functional import journey
from tests.functional.signing_in import sign_in_as

PAGES = ("marketplace", "storefront", "console", "admin")
HOSTS = {
    "marketplace": BASE_DOMAIN, "console": f"console.{BASE_DOMAIN}", "admin": f"admin.{BASE_DOMAIN}",
}  # fmt: skip
OURS = (
    "clipboard-write",
    "fullscreen",
    "publickey-credentials-create",
    "publickey-credentials-get",
)


@pytest.fixture(scope="module")
def secure(platform):
    """The web application as production runs it: over TLS."""
    return Dispatcher(platform.configuration.model_copy(update={"url_scheme": "https"}))


def client_of(web, face, shop):
    return HostClient(web, HOSTS.get(face, f"{shop.slug}.{BASE_DOMAIN}"))


def directives(answer) -> dict[str, str]:
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return {part.partition(" ")[0]: part.partition(" ")[2] for part in parts}


def check_common(answer):
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] in {"same-origin", "cross-origin"}
    assert "Cache-Control" in headers
    assert "Server" not in headers
    policy = directives(answer)
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    granted = dict(each.split("=", 1) for each in headers["Permissions-Policy"].split(", "))
    assert {name for name, value in granted.items() if value != "()"} - {"payment"} == set(OURS)
    assert len(granted) > 25


def check_page(answer):
    check_common(answer)
    policy = directives(answer)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert policy["script-src"].split()[0] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["report-uri"] == "/csp-reports"
    assert policy["report-to"] == "csp"
    assert policy["img-src"] == f"'self' data: https://media.{BASE_DOMAIN}"
    assert answer.headers["Reporting-Endpoints"] == 'csp="/csp-reports"'
    assert "upgrade-insecure-requests" in policy


@pytest.mark.parametrize("face", PAGES)
def test_pages_errors_and_files_of_every_face(secure, shop, face):
    client = client_of(secure, face, shop)
    asset = json.loads((reports_root() / "manifest.json").read_text())["shop.js"]
    for path, statuses in {
        "/": {200, 303},
        "/nothing-here": {404},
        f"/assets/{asset}": {200},
        "/assets/absent.css": {404},
        "/favicon.ico": {200},
    }.items():
        with client.get(path, buffered=True) as answer:
            assert answer.status_code in statuses, path
            check_page(answer)
            assert directives(answer)["script-src"] == "'self'"
    with client._client.post("/nothing-here", base_url=f"http://{client.host}") as refused:
        assert refused.status_code == 403, "from another site"
        check_page(refused)


def reports_root():
    from app.faces.shared.assets import BUILT

    return BUILT


def test_programs_answers_are_no_pages(secure, platform, shop):
    for host, path in (
        (f"{shop.slug}.{BASE_DOMAIN}", "/api/v1/products"),
        (f"{shop.slug}.{BASE_DOMAIN}", "/api/v1/nothing"),
        (BASE_DOMAIN, "/api/v1/shops"),
    ):
        answer = HostClient(secure, host).get(path)
        check_common(answer)
        assert "script-src" not in directives(answer)
    answer = HostClient(secure, BASE_DOMAIN).post("/webhooks/stripe", b"x")
    assert answer.status_code == 400
    check_common(answer)
    for host, path in (("unknown.example", "/"), (BASE_DOMAIN, "/healthz")):
        answer = HostClient(secure, host).get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert directives(answer)["default-src"] == "'none'"


def test_only_the_page_that_pays_may_load_and_frame_stripe(platform, secure, shop):
    order = platform.shop_client(shop.slug)
    token = journey.check_out(order)
    client = client_of(secure, "storefront", shop)
    paying = client.get(f"/en/orders/{token}/pay")
    assert paying.status_code == 200
    check_page(paying)
    stripe = platform.stripe.url
    assert stripe in directives(paying)["script-src"]
    assert stripe in directives(paying)["frame-src"]
    assert f'payment=(self "{stripe}")' in paying.headers["Permissions-Policy"]
    for path in (f"/en/orders/{token}", "/en/", "/en/cart"):
        plain = client.get(path)
        assert stripe not in str(plain.headers), path
        assert "payment=()" in plain.headers["Permissions-Policy"]


def test_the_host_of_pictures_is_no_page(secure, shop):
    """The pictures themselves: tests/functional/test_pictures.py."""
    for path in ("/", f"/{shop.slug}/{'0' * 32}-640.webp", "/assets/shop.js", "/favicon.ico"):
        answer = HostClient(secure, f"media.{BASE_DOMAIN}").get(path)
        assert answer.status_code == 404
        check_common(answer)
        assert directives(answer)["sandbox"] == ""
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in answer.headers


def test_a_form_may_lead_to_where_people_prove_who_they_are(platform, shop):
    base = f"http://{BASE_DOMAIN}"
    found = {
        face: directives(client_of(platform.web, face, shop).get("/nothing"))["form-action"]
        for face in PAGES
    }
    assert all(found[face].startswith(f"'self' {base}") for face in PAGES)
    assert f"http://*.{BASE_DOMAIN}" in found["marketplace"]
    assert f"http://*.{BASE_DOMAIN}" not in found["storefront"]
    assert "stripe" not in found["admin"]


def test_without_tls_nothing_claims_it(platform, shop):
    answer = platform.shop_client(shop.slug).get("/en/")
    for name in ("Strict-Transport-Security", "Reporting-Endpoints", "Cross-Origin-Opener-Policy"):
        assert name not in answer.headers
    assert "report-to" not in directives(answer)
    assert directives(answer)["report-uri"] == "/csp-reports"


def test_only_a_view_that_takes_files_is_sent_much(platform, shop):
    owner = sign_in_as(platform, "console", (shop.id, Role.OWNER))
    path = f"/shops/{shop.id}/import"
    token = owner.get(path).text.split('name="form_token" value="')[1].split('"')[0]

    def send(where):
        content = b"Handle,Title" + bytes(4 * 1024 * 1024)
        return owner.post(where, {"form_token": token, "file": (io.BytesIO(content), "a.csv")})

    assert send(path).status_code == 422, "read, and no file of products"
    assert send(f"/shops/{shop.id}/roles").status_code == 413
    visitor = platform.shop_client(shop.slug)
    assert visitor.post("/en/cart/lines", {"variant_id": "x" * 3_200_000}).status_code == 413


def test_links_say_tls_where_the_configuration_does(secure, platform, shop):
    """Whatever the connection to our own proxy looks like, and whatever a header says."""
    for web, scheme in ((secure, "https"), (platform.web, "http")):
        page = client_of(web, "storefront", shop).get(
            "/en/", headers={"X-Forwarded-Proto": "https" if scheme == "http" else "http"}
        )
        assert f'hreflang="de" href="{scheme}://{shop.slug}.' in page.text


CANARY = "canary-7Qx"
OLD = {"csp-report": {
    "document-uri": f"http://shop.test/en/orders/{CANARY}/pay?code={CANARY}",
    "referrer": f"http://{CANARY}.example/", "violated-directive": "script-src-elem",
    "blocked-uri": f"https://evil.example/{CANARY}.js?{CANARY}", "script-sample": CANARY,
    "source-file": f"http://x/{CANARY}",
}}  # fmt: skip
NEW = [
    {"type": "csp-violation", "age": 1, "url": f"http://shop.test/{CANARY}", "user_agent": CANARY,
     "body": {"documentURL": f"http://shop.test/en/products/{CANARY}", "blockedURL": "inline",
              "effectiveDirective": "style-src-attr", "sample": CANARY}},
    {"type": "deprecation", "body": {"id": CANARY}},
]  # fmt: skip


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.WARNING, logger=reports.__name__)
    return caplog


def report(client, body, kind="application/csp-report", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/csp-reports", content, {"Content-Type": kind, **headers})


def told(lines):
    return [record.msg for record in lines.records if "content policy" in str(record.msg)]


def test_a_report_is_one_counted_line_without_a_person(platform, shop, lines):
    client = HostClient(Dispatcher(platform.configuration), f"{shop.slug}.{BASE_DOMAIN}")
    assert report(client, OLD).status_code == 204
    assert report(client, NEW, "application/reports+json").status_code == 204
    first, second = told(lines)
    assert (first["directive"], first["blocked"]) == ("script-src-elem", "https://evil.example")
    assert (first["view"], first["face"], first["count"]) == ("orders.pay", "storefront", 1)
    assert (second["directive"], second["blocked"]) == ("style-src-attr", "inline")
    assert second["view"] == "browsing.product"
    assert CANARY not in str([record.__dict__ for record in lines.records])
    for _ in range(7):
        report(client, OLD)
    assert [each["count"] for each in told(lines)[2:]] == [2, 4, 8]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * 20_000, "application/csp-report", 413),
        (b"{", "application/csp-report", 400),
        (b"\xff\xfe", "application/csp-report", 400),
        (b"[" * 9000, "application/csp-report", 400),
        (b"{}", "text/plain", 415),
        (b"{}", "application/csp-report", 204),
        (b"null", "application/csp-report", 204),
        (b"[1, [], {}, null]", "application/reports+json", 204),
        (b'{"csp-report": []}', "application/csp-report", 204),
        (b'{"csp-report": {"blocked-uri": {"a": 1}, "document-uri": "http://[::"}}',
         "application/csp-report", 204),
        (b'{"csp-report": {"blocked-uri": "http://a\\nb.example/", "violated-directive": "\\n\\n"}}',
         "application/csp-report", 204),
    ],
)  # fmt: skip
@pytest.mark.parametrize("face", PAGES)
def test_a_report_of_any_form_breaks_nothing(platform, shop, lines, face, body, kind, status):
    assert report(client_of(platform.web, face, shop), body, kind).status_code == status
    assert "\n" not in str([each["directive"] + each["blocked"] for each in told(lines)])


def test_another_site_reports_nothing(platform, shop):
    client = platform.shop_client(shop.slug)
    assert report(client, OLD, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_the_counter_s_memory_has_an_end():
    counter = reports.ViolationCounter()
    for number in range(reports.MOST_KINDS + 5):
        counter.add(reports.Violation("img-src", f"https://{number}.example", "", "storefront"))
    assert len(counter._counts) <= reports.MOST_KINDS


def test_a_caller_s_trace_is_kept_only_where_it_is_one(platform, shop):
    client = platform.shop_client(shop.slug)
    own = secrets.token_hex(16)
    assert client.get("/en/", headers={"X-Trace-Id": own}).headers["X-Trace-Id"] == own
    for bad in ("ada@example.com", "x" * 64, "", "a" * 65):
        assert client.get("/en/", headers={"X-Trace-Id": bad}).headers["X-Trace-Id"] != bad
