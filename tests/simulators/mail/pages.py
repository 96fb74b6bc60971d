"""The pages: a list of the mails, each mail as its reader sees it, and the same as JSON for tests."""

import re
from http import HTTPStatus

from flask import Flask, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from tests.simulators.mail.store import Mail, MailStore

PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'"
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
    " img-src 'self' data: http: https:; style-src 'unsafe-inline'; font-src data:"
)
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")


def create_pages(store: MailStore) -> Flask:
    """Make the web application over a store of mails."""
    app = Flask("tests.simulators.mail")
    app.jinja_env.filters["with_links"] = _split_links
    app.add_url_rule("/healthz", view_func=lambda: "ok", endpoint="health")
    _add_pages(app, store)
    _add_json(app, store)

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


def _add_pages(app: Flask, store: MailStore) -> None:
    @app.get("/")
    def index() -> str:
        recipient = request.args.get("to", "")
        return render_template("index.html", mails=store.select(recipient), recipient=recipient)

    @app.get("/messages/<int:number>")
    def message(number: int) -> str:
        return render_template("message.html", mail=_get(store, number))

    @app.get("/messages/<int:number>/html")
    def message_html(number: int) -> Response:
        response = Response(_showable(_get(store, number)), mimetype="text/html")
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        return response

    @app.get("/messages/<int:number>/source")
    def message_source(number: int) -> Response:
        return Response(_get(store, number).source, mimetype="text/plain")

    @app.get("/messages/<int:number>/parts/<int:position>")
    def message_part(number: int, position: int) -> Response:
        parts = _get(store, number).parts
        if position >= len(parts):
            abort(HTTPStatus.NOT_FOUND)
        response = Response(parts[position].content, mimetype=parts[position].content_type)
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        return response

    @app.post("/clear")
    def clear() -> AnyResponse:
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            abort(HTTPStatus.FORBIDDEN)
        store.clear()
        return redirect("/", code=HTTPStatus.SEE_OTHER)


def _add_json(app: Flask, store: MailStore) -> None:
    @app.get("/messages.json")
    def list_messages() -> list[dict[str, object]]:
        return [mail.as_json() for mail in store.select(request.args.get("to", ""))]

    @app.delete("/messages.json")
    def delete_messages() -> tuple[str, int]:
        store.clear()
        return "", HTTPStatus.NO_CONTENT


def _get(store: MailStore, number: int) -> Mail:
    mail = store.find(number)
    if mail is None:
        abort(HTTPStatus.NOT_FOUND)
    return mail


def _showable(mail: Mail) -> str:
    """Return the HTML with its own pictures, and its links opening beside the frame."""
    html = mail.html
    for position, part in enumerate(mail.parts):
        if part.content_id:
            address = f"/messages/{mail.number}/parts/{position}"
            html = html.replace(f"cid:{part.content_id}", address)
    base = '<base target="_blank">'
    head = re.search(r"<head[^>]*>", html, re.IGNORECASE)
    return html[: head.end()] + base + html[head.end() :] if head else base + html


def _split_links(text: str) -> list[tuple[str, bool]]:
    """Cut a text into pieces and say of each whether it is an address."""
    pieces, position = [], 0
    for found in _ADDRESS.finditer(text):
        pieces += [(text[position : found.start()], False), (found.group(), True)]
        position = found.end()
    return [*pieces, (text[position:], False)]
