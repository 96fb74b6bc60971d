"""Answering with a type of the OpenAPI document."""

from flask import Response
from pydantic import BaseModel


def answer(content: BaseModel, status: int = 200) -> Response:
    """Answer with `content` as JSON."""
    return Response(content.model_dump_json(), status=status, mimetype="application/json")
