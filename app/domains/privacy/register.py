"""The list of the erased, by id alone, kept beside the databases: a restored backup forgets them."""

import json
from uuid import UUID

from app.domains.media.ports import FileStorage
from app.domains.privacy.queries import list_finished_person_ids
from app.foundation.database import directory_scope
from app.foundation.ports import port
from app.foundation.unit_of_work import unit_of_work

FILE = "privacy/erased.json"
"""The one file that is written again: it only ever grows."""


def list_erased() -> list[UUID]:
    """Return everybody who was erased, as the file and the directory know it."""
    with unit_of_work(directory_scope()) as unit:
        known = set(list_finished_person_ids(unit))
    written = port(FileStorage).get(FILE)
    kept = json.loads(written)["persons"] if written else []
    return sorted(known | {UUID(each) for each in kept})


def write_list() -> None:
    """Write the list down beside the databases; what stood in the file before stays in it."""
    persons = [str(each) for each in list_erased()]
    port(FileStorage).put(FILE, json.dumps({"persons": persons}).encode(), "application/json")
