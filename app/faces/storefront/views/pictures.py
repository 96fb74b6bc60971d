"""Pictures of the shop, by content: they never change, so they are kept for a year."""

import re

from flask import Blueprint, Response, abort

from app.domains.media.ports import FileStorage
from app.domains.media.queries import WIDTHS, is_known_hash
from app.domains.media.renditions import rendition_name
from app.faces.shared.access import public
from app.faces.shared.shops import current_scope
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work

pictures = Blueprint("pictures", __name__)
_HASH = re.compile(r"[0-9a-f]{32}")


@pictures.get("/media/<content_hash>-<int:width>.webp")
@public
def picture(content_hash: str, width: int) -> Response:
    """Return a rendition of a picture that this shop shows; another shop's is a 404."""
    if not _HASH.fullmatch(content_hash) or width > WIDTHS[-1]:
        abort(404)
    with unit_of_work(current_scope()) as unit:
        if not is_known_hash(unit, content_hash):
            abort(404)
    content = port(FileStorage).get(rendition_name(content_hash, width))
    if content is None:
        abort(404)
    response = Response(content, mimetype="image/webp")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # mails show them too
    return response
