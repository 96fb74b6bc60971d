"""Where attacks go: every route of every face, with the fields its forms have and who may send it."""

import contextlib
import io
import re
import time
from dataclasses import dataclass, field
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.functional.attacks.forms import list_forms
from tests.functional.attacks.values import Attack, encode

OWN_TOKEN = ("form_token", "own")
"""Stands for the token of this person's forms, which is another after each sign-in."""
SLOW_SECONDS = 2.0
"""R9 wants every answer below; it is reported and not asserted, because machines differ."""


@dataclass
class Place:
    """One method of one route, and what its forms ask for."""

    face: str
    rule: str
    method: str
    arguments: tuple[str, ...]
    access: Any = None
    fields: tuple[tuple[str, str], ...] = ()
    uploads: tuple[str, ...] = ()
    is_seen: bool = False
    """Whether a page was found that has this form."""

    def __str__(self) -> str:
        return f"{self.method} {self.face}{self.rule}"


def list_places(face: str, app: Any) -> list[Place]:
    """Return every method of every route of a face."""
    return [
        Place(
            face,
            rule.rule,
            method,
            tuple(sorted(rule.arguments)),
            app.view_functions[rule.endpoint].access,
        )
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


@dataclass
class Attacker:
    """Somebody on one host, with the ids that pass there; keeps the cookies of the beginning."""

    web: Any
    host: str
    prefix: str
    ids: dict[str, str]
    cookies: dict[str, str]
    renew: Any = None
    secret: str = ""
    form_token: str = ""
    slowest: tuple[float, str] = (0.0, "")
    statuses: dict[int, int] = field(default_factory=dict)

    def path_of(self, place: Place, changed: dict[str, str]) -> bytes:
        ids = {**self.ids, **changed}
        parts = re.split(r"<(?:[^<>:]+:)?(\w+)>", self.prefix + place.rule)
        filled = [ids[part] if number % 2 else part for number, part in enumerate(parts)]
        return "".join(filled).encode("utf-8", "surrogatepass")

    def send(self, place: Place, attack: Attack) -> tuple[int, dict[str, str], str]:
        """Send the request in process; return status, headers and body."""
        environ = self._environ(place, attack)
        began = time.perf_counter()
        try:
            content, status, headers = run_wsgi_app(self.web, environ, buffered=True)
        except Exception as error:
            raise AssertionError(f"{place}: {error!r} for {attack!r:.300}") from error
        took = time.perf_counter() - began
        if took > self.slowest[0]:
            self.slowest = (took, f"{place} {attack!r:.200}")
        with contextlib.suppress(AttributeError):
            content.close()
        code = int(status.split()[0])
        self.statuses[code] = self.statuses.get(code, 0) + 1
        return code, dict(headers), b"".join(content).decode(errors="replace")

    def _environ(self, place: Place, attack: Attack) -> dict[str, Any]:
        content_type, body = attack.content or _body(attack, self._with_token(attack.fields))
        environ = EnvironBuilder(
            method=attack.method, base_url=f"http://{self.host}", input_stream=io.BytesIO(body),
            headers={"Sec-Fetch-Site": "same-origin"},
        ).get_environ()  # fmt: skip
        environ["PATH_INFO"] = self.path_of(place, attack.arguments).decode("latin1")
        environ["QUERY_STRING"] = attack.query.decode("latin1")
        environ["CONTENT_LENGTH"] = str(len(body)) if body else ""
        environ["CONTENT_TYPE"] = content_type
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        environ["HTTP_COOKIE"] = kept if attack.cookie is None else self._bad_cookie(attack.cookie)
        for name, value in attack.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        return environ

    def _with_token(self, fields: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
        return [("form_token", self.form_token) if pair == OWN_TOKEN else pair for pair in fields]

    def _bad_cookie(self, value: str) -> str:
        return "; ".join(
            f"{name}={value}" for name in (*self.cookies, "session", "cart", "notices")
        )


def _body(attack: Attack, fields: list[tuple[str, str]]) -> tuple[str, bytes]:
    if attack.method == "GET":
        return "", b""
    if not attack.is_multipart:
        return "application/x-www-form-urlencoded", encode(fields)
    parts = [(name, "", value.encode("utf-8", "surrogatepass")) for name, value in fields]
    parts += [(name, '; filename="f\u00e9.csv"', content) for name, content in attack.files]
    body = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (re.sub(r'[\r\n"]', "_", name).encode("utf-8", "surrogatepass"), more.encode(), content)
        for name, more, content in parts
    )
    return "multipart/form-data; boundary=edge", body + b"--edge--\r\n"


def learn_forms(places: list[Place], attacker: Attacker, app: Any) -> None:
    """Read every page of a face as this person and as nobody; note which fields its forms have."""
    routing = app.url_map.bind(attacker.host)
    by_route = {(place.rule, place.method): place for place in places}
    pages = [place for place in places if place.method == "GET"]
    for place, cookie in [(place, cookie) for place in pages for cookie in (None, "")]:
        status, headers, page = attacker.send(place, Attack("GET", cookie=cookie))
        if status >= 400 or "text/html" not in headers.get("Content-Type", ""):
            continue
        path = attacker.path_of(place, {}).decode()
        for form in list_forms(page, path):
            with contextlib.suppress(HTTPException):
                rule, _ = routing.match(
                    form.path.removeprefix(attacker.prefix), form.method, return_rule=True
                )
                _note(by_route[rule.rule, form.method], form)


def _note(place: Place, form: Any) -> None:
    known = dict(place.fields)
    new = [pair for pair in form.filled if pair[0] not in known]
    place.fields = (*place.fields, *(OWN_TOKEN if p[0] == OWN_TOKEN[0] else p for p in new))
    place.uploads = tuple(sorted({*place.uploads, *form.uploads}))
    place.is_seen = True
