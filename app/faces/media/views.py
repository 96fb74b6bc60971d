"""Pictures of shops, by content: they never change, so they are kept for a year."""

import re

from flask import Blueprint, Response, abort, request

from app.domains.media.ports import FileStorage
from app.domains.media.queries import WIDTHS, is_known_hash
from app.domains.media.renditions import rendition_name
from app.faces.shared.access import public
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work
from tenants.resolution import ShopRecord

pictures = Blueprint("pictures", __name__)
POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_HASH = re.compile(r"[0-9a-f]{32}")


@pictures.get("/<slug>/<content_hash>-<int:width>.webp")
@public
def picture(slug: str, content_hash: str, width: int) -> Response:
    """Return a rendition of a picture that this shop shows; another shop's is a 404."""
    del slug  # the dispatcher has found the shop by it
    shop: ShopRecord | None = request.environ.get("galleria.shop")
    if shop is None or shop.state != "open":
        abort(404)
    if not _HASH.fullmatch(content_hash) or width > WIDTHS[-1]:
        abort(404)
    with unit_of_work(shop.scope) as unit:
        if not is_known_hash(unit, content_hash):
            abort(404)
    content = port(FileStorage).get(rendition_name(content_hash, width))
    if content is None:
        abort(404)
    return _unchanging(content, f"{content_hash}-{width}")


def _unchanging(content: bytes, name: str) -> Response:
    response = Response(content, mimetype="image/webp")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.set_etag(name)
    response.make_conditional(request)
    return response
