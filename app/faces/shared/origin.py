"""Who is acting, and from where, for the log: known of every request before its view runs."""

from flask import Flask, g, request

from app.foundation.audit.origin import GUEST, acting


def install_origin(app: Flask) -> None:
    """Let everything that a request audits say who asked and from where (FR-047)."""

    @app.before_request
    def begin() -> None:
        g.origin = acting(address=request.remote_addr or "", find_actor=_person_or_guest)
        g.origin.__enter__()

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if "origin" in g:
            g.origin.__exit__(None, None, None)


def _person_or_guest() -> str:
    """Return the person: signed in, or whose key a program carries. Nobody is looked up for it."""
    asking = g.get("visitor") or g.get("bearer")
    return str(asking.person_id) if asking else GUEST
