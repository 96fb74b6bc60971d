"""A process with its own keys of look-ups: does what it reads, one line each, and says how it went.

join EMAIL    make an account        joined | taken | refused
find EMAIL    look an account up     its id, or nobody
"""

import sys
from uuid import UUID

from sqlalchemy.exc import OperationalError

from app.domains.accounts.people.errors import EmailTakenError
from app.domains.accounts.people.operations import _add_person
from app.domains.accounts.people.queries import find_person_id
from app.foundation.configuration import load_configuration
from app.foundation.database import directory_scope
from app.foundation.unit_of_work import unit_of_work
from app.wiring import wire


def join(email: str) -> str:
    try:
        with unit_of_work(directory_scope()) as unit:
            _add_person(unit, email=email, name="Ada", password_hash=None, language="en")
    except EmailTakenError:
        return "taken"
    except OperationalError as error:
        return "refused" if "does not know the key of look-ups" in str(error) else str(error)
    return "joined"


def find(email: str) -> str:
    with unit_of_work(directory_scope()) as unit:
        found: UUID | None = find_person_id(unit, email=email)
    return str(found) if found else "nobody"


def main() -> None:
    wire(load_configuration())
    print("ready", flush=True)
    for line in sys.stdin:
        command, email = line.split()
        print({"join": join, "find": find}[command](email), flush=True)


if __name__ == "__main__":
    main()
