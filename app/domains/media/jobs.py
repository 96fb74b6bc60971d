"""Fetching pictures that wait: a job, so that an import never does."""

from collections.abc import Callable

import structlog

from app.domains.media.operations import mark_missing, mark_ready
from app.domains.media.ports import PictureSource, PictureUnavailableError
from app.domains.media.queries import WaitingPicture, list_waiting
from app.domains.media.renditions import Renditions, make_renditions
from app.domains.media.uploads import store_renditions
from app.foundation.database import ShopScope
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work

Making = Callable[[bytes], Renditions]
"""Makes the sizes of a picture, or has them already."""

log = structlog.get_logger(__name__)


def fetch_waiting_pictures(
    scope: ShopScope, *, limit: int = 50, make: Making = make_renditions
) -> list[str]:
    """Fetch a shop's waiting pictures; return the ids of those that are there now."""
    with unit_of_work(scope) as unit:
        waiting = list_waiting(unit, limit=limit)
    return [str(picture.id) for picture in waiting if _fetch(scope, picture, make)]


def _fetch(scope: ShopScope, picture: WaitingPicture, make: Making) -> bool:
    try:
        made = make(port(PictureSource).fetch(picture.source))
    except PictureUnavailableError as error:
        log.info("picture missing", media_id=str(picture.id), reason=str(error))
        with unit_of_work(scope) as unit:
            mark_missing(
                unit, media_id=picture.id, attempts=picture.attempts + 1, problem=error.problem
            )
        return False
    store_renditions(made)
    with unit_of_work(scope) as unit:
        mark_ready(
            unit, media_id=picture.id, content_hash=made.content_hash, width=made.width,
            height=made.height,
        )  # fmt: skip
    return True
