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
    visitor = g.get("visitor")
    return str(visitor.person_id) if visitor else GUEST
