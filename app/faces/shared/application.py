"""The frame of every face: languages, formats, security, errors, assets, logs."""

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from flask import (
    Flask,
    Response,
    g,
    render_template,
    request,
    send_from_directory,
)
from flask_babel import Babel
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.faces.shared import assets
from app.faces.shared.access import public
from app.faces.shared.environment import TRANSLATIONS, install_templates
from app.faces.shared.formatting import install_filters
from app.faces.shared.languages import LANGUAGES, NAMES, current_language, is_in_url
from app.faces.shared.limits import install_limits
from app.faces.shared.links import Links
from app.faces.shared.navigation import section_of_page
from app.faces.shared.origin import install_origin
from app.faces.shared.pictures import media_origin, picture_url, srcset
from app.faces.shared.reports import install_reports
from app.faces.shared.requests import install_requests
from app.faces.shared.security import install_security
from app.foundation.configuration import Configuration
from app.foundation.database import db
from app.foundation.errors import GalleriaError
from app.foundation.tracing import trace

ICONS = Path(__file__).parent / "static"
YEAR_SECONDS = 31_536_000
LARGEST_REQUEST = 3 * 1024 * 1024
"""Of a form, in bytes; the few views that take files say so in security.py."""
_TRACE = re.compile(r"[0-9a-f]{8,64}")
"""A caller's own trace is kept where it can be nothing else."""

log = structlog.get_logger(__name__)


class PlainFunctions(Flask):
    """A Flask application none of whose functions is asynchronous.

    Flask would look at each of them again with every request.
    """

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


def make_face(name: str, configuration: Configuration) -> Flask:
    """Return the Flask application of a face, without its views."""
    app = PlainFunctions(f"app.faces.{name}", static_folder=None, template_folder="templates")
    app.config.update(
        SECRET_KEY=configuration.secret_keys[0],
        # Flask's own cookie carries notices only; it must not take the name of a person's session.
        SESSION_COOKIE_NAME="__Host-notices" if configuration.is_secure else "notices",
        SESSION_COOKIE_SECURE=configuration.is_secure,
        SESSION_COOKIE_SAMESITE="Lax",
        SECRET_KEY_FALLBACKS=list(configuration.secret_keys[1:]),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SQLALCHEMY_DATABASE_URI="postgresql+psycopg://",
        BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS),
        GALLERIA=configuration,
    )
    db.init_app(app)
    install_templates(app)
    Babel(app, locale_selector=current_language)
    install_filters(app)
    install_requests(app)
    install_security(app, configuration)
    _install_assets(app)
    install_reports(app)
    _install_errors(app)
    install_logs(app)
    install_origin(app)
    install_limits(app, configuration)
    app.jinja_env.globals.update(
        asset_url=assets.asset_url,
        links=Links(configuration),
        languages=LANGUAGES,
        language_names=NAMES,
        current_language=current_language,
        language_urls=language_urls,
        media_origin=media_origin,
        picture_url=picture_url,
        section_of_page=section_of_page,
        srcset=srcset,
    )
    return app


def language_urls() -> list[tuple[str, str]]:
    """Return this page's address in each language, for the switch and for hreflang."""
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    return [(language, f"/{language}{request.path}{query}") for language in LANGUAGES]


def _install_assets(app: Flask) -> None:
    @app.get("/assets/<path:name>")
    @public
    def asset(name: str) -> Response:
        response = send_from_directory(assets.BUILT, name, max_age=YEAR_SECONDS)
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
        return response

    @app.get("/favicon.ico")
    @public
    def icon() -> Response:
        return send_from_directory(ICONS, "favicon.svg", max_age=YEAR_SECONDS)


def _install_errors(app: Flask) -> None:
    def answer(status: int, message: str) -> tuple[str, int]:
        return render_template("error.html", status=status, message=message), status

    @app.errorhandler(GalleriaError)
    def expected(error: GalleriaError) -> tuple[str, int]:
        return answer(error.status, error.tell())

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:  # noqa: PLR2004 - redirects are no errors
            return error
        return answer(error.code, "")

    @app.errorhandler(SQLAlchemyError)
    def of_database(error: SQLAlchemyError) -> tuple[str, int]:
        log.error("database failed", error=type(error).__name__, exc_info=error)
        return answer(503, "")

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> tuple[str, int]:
        log.error("unexpected error", error=type(error).__name__, exc_info=error)
        return answer(500, "")


def install_logs(app: Flask) -> None:
    """Give every request a trace, and write one line for it."""

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Trace-Id", "")
        g.trace = trace(given if _TRACE.fullmatch(given) else secrets.token_hex(16))
        g.trace_id = g.trace.__enter__()
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Trace-Id"] = g.get("trace_id", "")
        if not is_in_url():
            response.vary.add("Accept-Language")
        log.info(
            "request",
            method=request.method,
            endpoint=request.endpoint or "",
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.get("began", 0.0)) * 1000, 1),
            shop=getattr(g.get("shop"), "schema", ""),
            person=str(getattr(g.get("visitor"), "person_id", "")),
        )
        return response

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if "trace" in g:
            g.trace.__exit__(None, None, None)
