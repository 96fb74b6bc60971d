"""Errors for programs, by RFC 9457: a stable code, a title, and a sentence in their language."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, current_app
from flask_babel import lazy_gettext
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.domains.accounts.addresses.errors import AddressNotKeptError
from app.domains.accounts.challenges.errors import ChallengeNeededError, ChallengeRefusedError
from app.domains.accounts.challenges.rules import Purpose
from app.domains.checkout.errors import AddressInvalidError
from app.faces.shared.challenges import offer_challenge
from app.faces.shared.links import Links
from app.foundation.errors import GalleriaError, NotFoundError

PROBLEM_TYPE = "application/problem+json"
log = structlog.get_logger(__name__)


class ShopClosedError(GalleriaError):
    """The shop is not open: not yet, or not now."""

    code = "shop_closed"
    status = 503
    message = lazy_gettext("This shop is closed for the moment. Please come back later.")


class InvalidRequestError(GalleriaError):
    """A value of the request is not what the OpenAPI document says."""

    code = "invalid_request"
    status = 422
    message = lazy_gettext("Please correct the values that are listed here.")


class FieldProblem(BaseModel):
    """What is wrong with one value of the request."""

    field: str = Field(description="Where it stands: address.postal_code")
    detail: str


class ChallengeOffer(BaseModel):
    """A challenge that stands before a call: answer it, then call again with the answer."""

    kind: str = Field(description="`work` (ALTCHA's proof of work) or `turnstile` (Cloudflare's)")
    task: str = Field(description="What is to be solved: JSON, or the site key")
    header: str = Field(default="Challenge-Answer", description="Where the answer is sent")


class Problem(BaseModel):
    """What could not be done, and what to do next (RFC 9457)."""

    type: str = Field(description="Stable for programs; ends in the code")
    code: str = Field(description="One of those that /api/v1/problems lists")
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = Field(default=[])
    challenge: ChallengeOffer | None = Field(
        default=None, description="Only where a challenge has to be answered first"
    )


class ProblemKind(BaseModel):
    """A kind of problem; the end of a problem's `type` is its code."""

    code: str
    title: str
    status: int


class ProblemKindList(BaseModel):
    """The kinds of problems, by code. Others are named by their HTTP status."""

    problems: list[ProblemKind]


def answer_problem(error: GalleriaError, fields: Iterable[FieldProblem] = ()) -> Response:
    """Answer with what an expected error says."""
    return _answer(error.status, error.code, error.tell(), list(fields))


def answer_invalid(error: ValidationError) -> Response:
    """Answer with the values that the OpenAPI document does not allow."""
    fields = (
        FieldProblem(field=".".join(str(part) for part in found["loc"]), detail=found["msg"])
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return answer_problem(InvalidRequestError(), fields)


def _answer(
    status: int,
    code: str,
    detail: str,
    errors: list[FieldProblem],
    challenge: ChallengeOffer | None = None,
) -> Response:
    links: Links = current_app.config["LINKS"]
    problem = Problem(
        type=links.marketplace(f"/api/v1/problems#{code}"), code=code, title=title_of(code),
        status=status, detail=detail, errors=errors, challenge=challenge,
    )  # fmt: skip
    return Response(
        problem.model_dump_json(exclude_none=True), status=status, mimetype=PROBLEM_TYPE
    )


def title_of(code: str) -> str:
    """Return a problem's name for people: it does not change from case to case."""
    return code.replace("_", " ").capitalize()


def list_problem_kinds() -> list[type[GalleriaError]]:
    """Return every kind of expected error that has a code, by code."""
    found: dict[str, type[GalleriaError]] = {}
    waiting = GalleriaError.__subclasses__()
    while waiting:
        kind = waiting.pop()
        if kind.code != GalleriaError.code:
            found[kind.code] = kind
        waiting += kind.__subclasses__()
    return [found[code] for code in sorted(found)]


def _install_address_problems(app: Flask) -> None:
    """Say of an address which of its fields is wrong."""

    @app.errorhandler(AddressNotKeptError)
    def of_kept(error: AddressNotKeptError) -> Response:
        fields = (
            FieldProblem(field=f"address.{name}", detail=str(reason))
            for name, reason in error.problems.items()
        )
        return answer_problem(error, fields)


def _install_challenges(app: Flask) -> None:
    """Bring a fresh challenge along where one has to be answered: only payments have one here."""

    @app.errorhandler(ChallengeNeededError)
    @app.errorhandler(ChallengeRefusedError)
    def with_challenge(error: GalleriaError) -> Response:
        task = offer_challenge(Purpose.PAYMENT).task
        offer = ChallengeOffer(kind=task.kind, task=task.task)
        return _answer(error.status, error.code, error.tell(), [], offer)


def install_problems(app: Flask) -> None:
    """Answer every error as a problem."""
    _install_address_problems(app)
    _install_challenges(app)

    @app.errorhandler(GalleriaError)
    def expected(error: GalleriaError) -> Response:
        return answer_problem(error)

    @app.errorhandler(AddressInvalidError)
    def of_address(error: AddressInvalidError) -> Response:
        fields = (
            FieldProblem(field=name if name == "email" else f"address.{name}", detail=str(reason))
            for name, reason in error.fields.items()
        )
        return answer_problem(error, fields)

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> Any:
        if error.code is None or error.code < HTTPStatus.BAD_REQUEST or error.response is not None:
            return error
        if error.code == HTTPStatus.NOT_FOUND:
            return answer_problem(NotFoundError())
        status = HTTPStatus(error.code)
        response = _answer(status, status.name.lower(), error.description or status.phrase, [])
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response

    @app.errorhandler(SQLAlchemyError)
    def of_database(error: SQLAlchemyError) -> Response:
        log.error("database failed", error=type(error).__name__, exc_info=error)
        return _answer(503, "unavailable", HTTPStatus.SERVICE_UNAVAILABLE.description, [])

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("unexpected error", error=type(error).__name__, exc_info=error)
        return _answer(500, "internal", HTTPStatus.INTERNAL_SERVER_ERROR.description, [])
