"""Headers on every answer, and refusing requests that come from other sites."""

import hmac
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

from app.faces.shared.links import Links
from app.foundation.configuration import Configuration

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
ONBOARDING = "https://connect.stripe.com"
_OWN_SITE = frozenset({"same-origin", "none"})


REPORTS = "/csp-reports"
LARGEST_UPLOADS = {
    "products.take_file": 60 * 1024 * 1024,
    "pictures.save": 100 * 1024 * 1024,
    "collections.change": 60 * 1024 * 1024,
}
"""Views that take files, with their most bytes; all others are refused much less."""
_NOTHING = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read",
    "display-capture", "encrypted-media", "gamepad", "geolocation", "gyroscope", "hid",
    "identity-credentials-get", "idle-detection", "keyboard-map", "local-fonts", "magnetometer",
    "microphone", "midi", "otp-credentials", "picture-in-picture", "screen-wake-lock", "serial",
    "storage-access", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
"""What no page of ours may ask a browser for, nor anything framed in one."""
_OURS = ("clipboard-write", "fullscreen", "publickey-credentials-create",
         "publickey-credentials-get")  # fmt: skip
"""What our own pages may ask for: recovery codes are copied, passkeys made and shown."""
ISOLATED = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The policy of answers that are no pages."""


def content_policy(configuration: Configuration, *, face: str, pays: bool = False) -> str:
    """Return the content security policy; only pages that pay may load and frame Stripe.

    Browsers ask form-action for where a form's answer leads too: on every face to the marketplace,
    where people prove who they are, and from there back; on the console to Stripe (payouts).
    """
    js = urlsplit(configuration.stripe_js_url)
    stripe = f"{js.scheme}://{js.netloc}" if pays else ""
    api = configuration.stripe_api_base if pays else ""
    led = {
        "marketplace": (f"{configuration.url_scheme}://*.{configuration.base_domain}",),
        "merchant_console": (ONBOARDING, *configuration.stripe_frame_origins),
    }.get(face, ())
    home = f"{configuration.url_scheme}://{configuration.base_domain}"
    parts = {
        "default-src": "'none'",
        "script-src": f"'self' {stripe}",
        "style-src": "'self'",
        "img-src": f"'self' data: {_media(configuration)}",
        "font-src": "'self'",
        "connect-src": f"'self' {stripe} {api}",
        "worker-src": "'self'",
        "frame-src": " ".join(configuration.stripe_frame_origins) if pays else "'none'",
        "form-action": " ".join(("'self'", home, *led)),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "manifest-src": "'self'",
        **_reporting(configuration),
    }
    return "; ".join(f"{name} {value}".strip() for name, value in parts.items())


def _media(configuration: Configuration) -> str:
    """Return the host of pictures; without TLS it may be asked at any port, as tests do."""
    name = configuration.base_domain if configuration.is_secure else "any:0"
    origin = Links(configuration).media_origin(name)
    return origin if configuration.is_secure else origin.removesuffix("0") + "*"


def _reporting(configuration: Configuration) -> dict[str, str]:
    """Return where browsers report to; the newer way needs TLS, and silences the older one."""
    if configuration.is_secure:
        return {"report-uri": REPORTS, "report-to": "csp", "upgrade-insecure-requests": ""}
    return {"report-uri": REPORTS}


def _with_challenge(policy: str, origin: str) -> str:
    """Let a page whose challenge somebody else makes load and frame them."""
    if not origin:
        return policy
    allowed = policy.replace("script-src 'self'", f"script-src 'self' {origin}")
    return allowed.replace("frame-src 'none'", f"frame-src {origin}")


def permissions_policy(configuration: Configuration, *, pays: bool = False) -> str:
    """Return what a page, and what is framed in it, may ask the browser for."""
    frames = " ".join(f'"{origin}"' for origin in configuration.stripe_frame_origins)
    payment = f"payment=(self {frames})" if pays else "payment=()"
    nothing = (f"{name}=()" for name in _NOTHING)
    return ", ".join((*nothing, *(f"{name}=(self)" for name in _OURS), payment))


def install_security(app: Flask, configuration: Configuration) -> None:
    """Refuse cross-site writes, and set the headers (FR-048, SEC-010)."""
    face = app.name.removeprefix("app.faces.")
    plain, paying = (
        (
            content_policy(configuration, face=face, pays=pays),
            permissions_policy(configuration, pays=pays),
        )
        for pays in (False, True)
    )

    @app.before_request
    def let_files_in() -> None:
        request.max_content_length = LARGEST_UPLOADS.get(
            request.endpoint or "", app.config["MAX_CONTENT_LENGTH"]
        )

    @app.before_request
    def refuse_other_sites() -> None:
        if request.method not in SAFE_METHODS and not is_same_site():
            abort(403)

    @app.after_request
    def set_headers(response: Response) -> Response:
        policy, permissions = paying if response.headers.pop("X-Galleria-Pays", "") else plain
        policy = _with_challenge(policy, g.get("challenge_origin", ""))
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers["Permissions-Policy"] = permissions
        if configuration.is_secure:
            response.headers["Reporting-Endpoints"] = f'csp="{REPORTS}"'
        return set_common_headers(response, configuration)


def set_common_headers(response: Response, configuration: Configuration) -> Response:
    """Set the headers that every answer of every face carries."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", ISOLATED)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    if "Permissions-Policy" not in headers:
        headers["Permissions-Policy"] = permissions_policy(configuration)
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Cache-Control", "no-store")
    if configuration.is_secure:
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
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
