"""The frame of the API: what every call passes, and the OpenAPI document that describes it."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, jsonify, request
from flask_babel import Babel
from flask_openapi3 import Info, OpenAPI
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from app.faces.api.bearer import SECURITY_SCHEMES, install_bearers
from app.faces.api.once import KEY_PARAMETER
from app.faces.api.problems import (
    PROBLEM_TYPE,
    Problem,
    ShopClosedError,
    answer_invalid,
    answer_problem,
    install_problems,
)
from app.faces.shared.access import public
from app.faces.shared.application import PlainFunctions, install_logs
from app.faces.shared.environment import TRANSLATIONS
from app.faces.shared.languages import current_language
from app.faces.shared.limits import install_limits, install_person_limits
from app.faces.shared.links import Links
from app.faces.shared.origin import install_origin
from app.faces.shared.security import SAFE_METHODS, set_common_headers
from app.faces.shared.shops import current_shop
from app.foundation.configuration import Configuration
from app.foundation.database import db

VERSION = "1"
PREFIX = f"/api/v{VERSION}"
LARGEST_REQUEST = 64 * 1024
RETRY_AFTER_SECONDS = 3600
_READING = {
    "404": "Not Found", "409": "Conflict", "422": "Unprocessable Content",
    "429": "Too Many Requests", "503": "Service Unavailable",
}  # fmt: skip
_WRITING = {
    "400": "Bad Request", **_READING, "413": "Content Too Large",
    "415": "Unsupported Media Type",
}  # fmt: skip
_WITH_KEY = {"401": "Unauthorized", "403": "Forbidden"}


class Api(PlainFunctions, OpenAPI):
    """A Flask application whose OpenAPI document says also what all of its calls share."""

    def generate_spec_json(self) -> None:
        """Add the problems that calls answer with, and the keys that they take."""
        super().generate_spec_json()  # type: ignore[no-untyped-call]
        for path in self.spec_json["paths"].values():
            for method, operation in path.items():
                _describe(method.upper(), operation)


def _describe(method: str, operation: dict[str, Any]) -> None:
    is_reading = method in SAFE_METHODS
    told = {**(_READING if is_reading else _WRITING)}
    if operation.get("security"):
        told |= _WITH_KEY
    for status, description in told.items():
        operation["responses"][status] = _problem(description)
    if not is_reading:
        operation["parameters"] = [*operation.get("parameters", ()), KEY_PARAMETER]


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {PROBLEM_TYPE: {"schema": schema}}}


def make_api(
    name: str,
    title: str,
    configuration: Configuration,
    *,
    open_doors: Callable[[Flask], None] | None = None,
) -> Api:
    """Return an application of the API, without its calls.

    `open_doors` may refuse a call before anything is asked of its key.
    """
    app = Api(
        f"app.faces.{name}", info=Info(title=title, version=VERSION), doc_ui=False,
        static_folder=None, validation_error_model=Problem,
        validation_error_callback=answer_invalid, security_schemes=SECURITY_SCHEMES,
    )  # fmt: skip
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        SQLALCHEMY_DATABASE_URI="postgresql+psycopg://",
        BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS),
        GALLERIA=configuration,
        LINKS=Links(configuration),
    )
    db.init_app(app)
    Babel(app, locale_selector=current_language)
    install_problems(app)
    _install_document(app)
    _install_headers(app, configuration)
    install_logs(app)
    install_origin(app)
    install_limits(app, configuration)
    if open_doors:
        open_doors(app)
    install_bearers(app)
    install_person_limits(app, configuration)
    app.before_request(_read_body)
    return app


def _install_document(app: Api) -> None:
    @app.route(f"{PREFIX}/openapi.json")
    @public
    def document() -> Response:
        """Answer with this document."""
        return jsonify(app.api_doc)


def _install_headers(app: Flask, configuration: Configuration) -> None:
    @app.after_request
    def set_headers(response: Response) -> Response:
        response.vary.add("Accept-Language")
        return set_common_headers(response, configuration)


def _read_body() -> None:
    """Refuse a body that is not a JSON object before any call sees it."""
    if request.method in SAFE_METHODS or not request.content_length:
        return
    if not request.is_json:
        raise UnsupportedMediaType("Send the body as application/json.")
    try:
        body = request.get_json()
    except RecursionError as error:
        raise BadRequest("The body is nested too deeply.") from error
    if not isinstance(body, dict):
        raise BadRequest("Send a JSON object as the body.")


def install_open_shop(app: Flask) -> None:
    """Answer 503 for a shop that is not open."""

    @app.before_request
    def refuse_closed() -> Response | None:
        g.shop = current_shop()
        if g.shop.state == "open":
            return None
        response = answer_problem(ShopClosedError())
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
