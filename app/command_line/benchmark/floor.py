"""The floor beneath our pages: a bare Flask view, raw psycopg, one indexed SELECT, one template.

What any Flask page with these rows and bytes costs at least on this machine. Its queries and its
templates stand in the file that FLOOR_FILE names; the benchmark writes it.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask, Response, redirect
from jinja2 import Environment

_local = threading.local()
_plan: dict[str, Any] = json.loads(Path(os.environ["FLOOR_FILE"]).read_text())
_templates = {
    name: Environment(autoescape=True).from_string(page["template"])
    for name, page in _plan["pages"].items()
}
application = Flask(__name__, static_folder=None)


def _connection() -> psycopg.Connection[Any]:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(_plan["dsn"], autocommit=True)
    connection: psycopg.Connection[Any] = _local.connection
    return connection


@application.get("/readyz")
def ready() -> str:
    """Say that it serves."""
    return "ready"


@application.get("/<name>")
def page(name: str) -> str:
    """Show the rows of one SELECT with one template."""
    facts = _plan["pages"][name]
    rows = _connection().execute(facts["query"], facts["parameters"]).fetchall()
    return _templates[name].render(rows=rows)


@application.post("/add")
def add() -> Response:
    """Write one row, and lead on."""
    facts = _plan["add"]
    _connection().execute(facts["query"], facts["parameters"])
    return redirect("/cart", 303)  # type: ignore[return-value]
