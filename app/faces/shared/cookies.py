"""Cookies: host-only, out of scripts' reach, and secrets that are kept nowhere else."""

from flask import current_app, request
from werkzeug.wrappers import Response

from app.foundation.configuration import Configuration

SESSION, DEVICE, NONCE, PARKED = "session", "device", "hand_over", "parked"
SECOND_STEP, BROWSER = "second_step", "passkey"
DEVICE_SECONDS = 365 * 24 * 60 * 60


def cookie_name(name: str) -> str:
    """Return a host-only cookie's name; the prefix needs TLS."""
    configuration: Configuration = current_app.config["GALLERIA"]
    return f"__Host-{name}" if configuration.is_secure else name


def read_cookie(name: str) -> str:
    """Return what the browser kept for us, or nothing."""
    return request.cookies.get(cookie_name(name), "")


def set_cookie(response: Response, name: str, value: str, *, seconds: int) -> None:
    """Let the browser keep a secret for this host alone."""
    configuration: Configuration = current_app.config["GALLERIA"]
    response.set_cookie(
        cookie_name(name), value, max_age=seconds, secure=configuration.is_secure,
        httponly=True, samesite="Lax", path="/",
    )  # fmt: skip


def drop_cookie(response: Response, name: str) -> None:
    """Let the browser forget."""
    configuration: Configuration = current_app.config["GALLERIA"]
    response.delete_cookie(
        cookie_name(name), path="/", secure=configuration.is_secure, httponly=True, samesite="Lax"
    )
