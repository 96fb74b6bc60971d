"""A stand-in for Cloudflare's Turnstile: siteverify as their documentation describes it.

`answer_for(...)` plays the visitor's browser: it returns what the widget would put into the form.
"""

import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

LIFE = timedelta(minutes=5)


class _QuietHandler(WSGIRequestHandler):
    def log(self, level: str, message: str, *args: object) -> None:
        """Say nothing."""


@dataclass
class Answer:
    """What the stand-in knows of an answer: for what, where, when, and for which call it counted."""

    action: str
    hostname: str
    made_at: datetime
    spent_by: str = ""


class TurnstileStandIn:
    """`with TurnstileStandIn(secret="...") as turnstile:` answers at `turnstile.url`."""

    def __init__(self, *, secret: str) -> None:
        self.secret = secret
        self.answers: dict[str, Answer] = {}
        self.asked: list[dict[str, str]] = []
        self.broken = 0
        """How many calls are answered by an error of theirs."""
        self.lost = 0
        """How many replies get lost after they took effect."""
        self.app = Flask(__name__, static_folder=None)
        self.app.post("/turnstile/v0/siteverify")(self._verify)
        self._server = make_server(
            "127.0.0.1", 0, self.app, threaded=True, request_handler=_QuietHandler
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}/turnstile/v0/siteverify"

    def __enter__(self) -> "TurnstileStandIn":
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer_for(self, *, action: str, hostname: str, made_at: datetime | None = None) -> str:
        """Return an answer, as a browser that passed would get it."""
        answer = f"0.{secrets.token_urlsafe(120)}"
        now = made_at or datetime.now(UTC)
        self.answers[answer] = Answer(action, hostname, now)
        return answer

    def _verify(self) -> Any:
        form = (request.get_json() if request.is_json else request.form).to_dict()
        self.asked.append(form)
        if self.broken:
            self.broken -= 1
            return jsonify({"success": False, "error-codes": ["internal-error"]}), 500
        told = self._judge(form)
        if self.lost:
            self.lost -= 1
            return "", 502
        return jsonify(told)

    def _judge(self, form: dict[str, str]) -> dict[str, Any]:
        def refuse(code: str) -> dict[str, Any]:
            return {"success": False, "error-codes": [code], "messages": []}

        if not form.get("secret"):
            return refuse("missing-input-secret")
        if form["secret"] != self.secret:
            return refuse("invalid-input-secret")
        if not form.get("response"):
            return refuse("missing-input-response")
        found = self.answers.get(form["response"])
        if found is None:
            return refuse("invalid-input-response")
        is_late = datetime.now(UTC) - found.made_at > LIFE
        key = form.get("idempotency_key") or secrets.token_hex(8)
        if is_late or found.spent_by not in {"", key}:
            return refuse("timeout-or-duplicate")
        found.spent_by = key
        stamp = found.made_at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return {
            "success": True,
            "challenge_ts": stamp,
            "hostname": found.hostname,
            "error-codes": [],
            "action": found.action,
            "cdata": "",
            "metadata": {"interactive": False},
        }
