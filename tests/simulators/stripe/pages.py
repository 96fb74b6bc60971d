"""What people see: the payment field, the hosted pages, and the page that lists what happened."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, abort, redirect, render_template, request, send_from_directory

from tests.simulators.stripe.account_objects import transfers_status
from tests.simulators.stripe.accounts import KIND as ACCOUNT
from tests.simulators.stripe.amounts import written
from tests.simulators.stripe.objects import Shape
from tests.simulators.stripe.words import words_of

if TYPE_CHECKING:
    from tests.simulators.stripe.server import StripeStandIn

_STATIC = Path(__file__).parent / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
    " base-uri 'none'; frame-ancestors "
)
_ROWS = 50
_PAID = {"succeeded", "requires_capture", "processing"}


class Pages:
    """The pages. Only the payment field may be framed, by anybody, as Stripe's is."""

    def __init__(self, stand_in: "StripeStandIn", app: Flask) -> None:
        self._stand_in, self._app, self._store = stand_in, app, stand_in.store

    def install(self) -> None:
        """Add the pages and their files."""
        add = self._app.add_url_rule
        self._app.add_template_filter(written)
        add("/", view_func=self.overview)
        add("/favicon.ico", view_func=lambda: Response(status=204), endpoint="icon")
        add("/v3/stripe.js", view_func=lambda: _file("stripe.js"), endpoint="stripe.js")
        add("/v3/", view_func=lambda: _file("stripe.js"), endpoint="stripe.js-short")
        add("/_static/<name>", view_func=_file, endpoint="static-file")
        add("/_element", view_func=self.element)
        add("/_pages/onboarding/<token>", view_func=self.onboarding)
        add("/_pages/onboarding/<token>", view_func=self.finish_onboarding, methods=["POST"])
        add("/_pages/<any('3ds', 'ideal'):page>/<i>", view_func=self.action)
        add("/_pages/<any('3ds', 'ideal'):page>/<i>", view_func=self.act, methods=["POST"])
        self._app.after_request(_harden)

    def element(self) -> str:
        """The payment field: it stands in a frame, and talks to the page around it by messages."""
        language, words = words_of(request.args.get("locale", "en"))
        return render_template("element.html", words=words, language=language)

    def onboarding(self, token: str) -> Any:
        """The page on which a merchant would prove who they are; one button here."""
        with self._store.lock:
            link = self._stand_in.accounts.find_link(token)
            account = self._stand_in.accounts.get(link["account"])
        if not link["is_live"]:
            return redirect(link["refresh_url"], 303)
        return render_template("onboarding.html", account=account, return_url=link["return_url"])

    def finish_onboarding(self, token: str) -> Any:
        """Complete the account and go back to the platform."""
        with self._store.transaction():
            return redirect(self._stand_in.accounts.finish(token), 303)

    def action(self, page: str, i: str) -> str:
        """The bank's page: 3-D Secure, or iDEAL."""
        intent = self._intent(i)
        is_live = intent["status"] == "requires_action"
        back = None if is_live else self._way_back(intent)
        return render_template("action.html", page=page, intent=intent, is_live=is_live, back=back)

    def act(self, page: str, i: str) -> Any:
        """Approve or fail, and go back to the shop."""
        with self._store.transaction():
            intent = self._intent(i)
            self._stand_in.payments.finish_action(intent, approved="approve" in request.form)
            back = self._way_back(intent)
        return (
            redirect(back, 303)
            if back
            else render_template("action.html", page=page, intent=intent, is_live=False, back=None)
        )

    def overview(self) -> str:
        """List accounts, balances, payments, transfers and webhooks: one sees the money move."""
        with self._store.lock:
            self._stand_in.catch_up()
            return render_template("overview.html", **self._overview())

    def _overview(self) -> dict[str, Any]:
        store, balance = self._store, self._stand_in.balance
        accounts = [
            {
                **account,
                "transfers": transfers_status(account),
                "balance": balance.read(account["id"]),
            }
            for account in store.of_kind(ACCOUNT)[:_ROWS]
        ]
        movements = balance.movements()
        return {
            "accounts": accounts,
            "balance": balance.read(),
            "payments": store.of_kind("payment_intent")[:_ROWS],
            "refunds": store.of_kind("refund")[:_ROWS],
            "transfers": store.of_kind("transfer")[:_ROWS],
            "movements": movements[:_ROWS],
            "fees": sum(movement["fee"] for movement in movements),
            "deliveries": self._stand_in.sender.deliveries[-_ROWS:][::-1],
            "webhook_url": self._stand_in.sender.url,
            "faults": [f for f in self._stand_in.faults.planned if f.count != 0],
        }

    def _intent(self, i: str) -> Shape:
        intent = self._store.objects.get(i)
        if intent is None or intent["object"] != "payment_intent":
            abort(404)
        return intent

    def _way_back(self, intent: Shape) -> str | None:
        """Return the shop's address with what Stripe adds to it."""
        url = str(self._store.noted(intent["id"]).get("return_url") or "")
        if not url:
            return None
        added = urlencode(
            {
                "payment_intent": intent["id"],
                "payment_intent_client_secret": intent["client_secret"],
                "redirect_status": "succeeded" if intent["status"] in _PAID else "failed",
            }
        )
        parts = urlsplit(url)
        query = f"{parts.query}&{added}" if parts.query else added
        return parts._replace(query=query).geturl()


def _file(name: str) -> Response:
    return send_from_directory(_STATIC, name, max_age=0)


def _harden(response: Response) -> Response:
    """Let pages load nothing from elsewhere; only the payment field may be framed."""
    if response.mimetype == "text/html":
        framed = "*" if request.path == "/_element" else "'none'"
        response.headers["Content-Security-Policy"] = _POLICY + framed
        response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
