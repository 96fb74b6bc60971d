"""Headers on every answer, and refusing requests that come from other sites."""

import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from app.foundation.configuration import Configuration

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ONBOARDING = "https://connect.stripe.com"
_OWN_SITE = frozenset({"same-origin", "none"})


def content_policy(
    configuration: Configuration, *, pays: bool, leads_to_stripe: bool = False
) -> str:
    """Return the content security policy; only pages that pay may load and frame Stripe.

    Where a form leads to Stripe (setting up payouts), browsers ask form-action for the redirect too.
    """
    js = urlsplit(configuration.stripe_js_url)
    stripe = f"{js.scheme}://{js.netloc}" if pays else ""
    frames = " ".join(configuration.stripe_frame_origins) if pays else "'none'"
    api = configuration.stripe_api_base if pays else ""
    onboarding = " ".join((ONBOARDING, *configuration.stripe_frame_origins) * leads_to_stripe)
    parts = {
        "default-src": "'none'",
        "script-src": f"'self' {stripe}",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": f"'self' {stripe} {api}",
        "frame-src": frames,
        "form-action": f"'self' {onboarding}",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "manifest-src": "'self'",
    }
    return "; ".join(f"{name} {value.strip()}" for name, value in parts.items())


def install_security(app: Flask, configuration: Configuration) -> None:
    """Refuse cross-site writes, and set the headers (FR-048, SEC-010)."""
    is_console = app.name.endswith("merchant_console")
    plain, paying = (
        content_policy(configuration, pays=pays, leads_to_stripe=is_console)
        for pays in (False, True)
    )

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method not in SAFE_METHODS and not is_same_site():
            abort(403)

    @app.after_request
    def set_headers(response: Response) -> Response:
        pays = response.headers.pop("X-Galleria-Pays", "")
        response.headers.setdefault("Content-Security-Policy", paying if pays else plain)
        return set_common_headers(response, configuration)


def set_common_headers(response: Response, configuration: Configuration) -> Response:
    """Set the headers that every answer of every face carries."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    response.headers.setdefault("Cache-Control", "no-store")
    if configuration.is_secure:
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return response


def is_same_site() -> bool:
    """Whether an unsafe request comes from our own page: Sec-Fetch-Site, or a matching Origin."""
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site in _OWN_SITE
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.host


def form_token(secret: str, session_token: str) -> str:
    """Return the token that signed-in forms carry besides."""
    return hmac.digest(secret.encode(), f"form:{session_token}".encode(), "sha256").hex()
