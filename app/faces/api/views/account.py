"""A person's own account, for their programs: on the marketplace's host."""

from uuid import UUID, uuid5

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from app.domains.accounts.addresses.operations import add_address, change_address, remove_address
from app.domains.accounts.addresses.queries import (
    AddressRecord,
    find_address,
    get_address,
    list_addresses,
)
from app.domains.accounts.people.operations import change_profile
from app.domains.accounts.people.queries import get_person
from app.domains.accounts.sessions.operations.ending import end_session
from app.domains.accounts.sessions.queries import list_sessions
from app.domains.accounts.tokens.rules import OwnScope
from app.faces.api.answers import answer
from app.faces.api.application import PREFIX
from app.faces.api.bearer import current_bearer, opened_by
from app.faces.api.once import read_key
from app.faces.api.schemas.account import (
    Account,
    AccountChanges,
    AddressPath,
    AddressWanted,
    KeptAddress,
    KeptAddressList,
    Session,
    SessionList,
    SessionPath,
)
from app.foundation.database import directory_scope
from app.foundation.errors import NotFoundError
from app.foundation.idempotency import IdempotencyKeyReusedError
from app.foundation.unit_of_work import UnitOfWork, unit_of_work

account = APIBlueprint(
    "account", __name__, url_prefix=f"{PREFIX}/account", abp_tags=[Tag(name="Account")]
)


@opened_by(OwnScope.SEE_ACCOUNT, account.get, "", "getAccount", {200: Account})
def show() -> Response:
    """Read who the key's maker is."""
    with unit_of_work(directory_scope()) as unit:
        return answer(Account.of(get_person(unit, current_bearer().person_id)))


@opened_by(OwnScope.CHANGE_ACCOUNT, account.patch, "", "changeAccount", {200: Account})
def change(body: AccountChanges) -> Response:
    """Change the name, the language or the currency; sent twice, it is the same."""
    read_key()
    person_id = current_bearer().person_id
    with unit_of_work(directory_scope()) as unit:
        person = get_person(unit, person_id)
        change_profile(
            unit, person_id=person_id, name=body.name or person.name,
            language=body.language or person.language, currency=body.currency or person.currency,
        )  # fmt: skip
        return answer(Account.of(get_person(unit, person_id)))


@opened_by(OwnScope.END_SESSIONS, account.get, "/sessions", "listSessions", {200: SessionList})
def sessions() -> Response:
    """List where the person is signed in."""
    with unit_of_work(directory_scope()) as unit:
        found = list_sessions(unit, person_id=current_bearer().person_id)
    return answer(SessionList(sessions=[Session.of(each) for each in found]))


@opened_by(
    OwnScope.END_SESSIONS, account.delete, "/sessions/<uuid:session_id>", "endSession", {204: None}
)
def end(path: SessionPath) -> Response:
    """Sign the person out there, on every host; what is over already is not found."""
    read_key()
    with unit_of_work(directory_scope()) as unit:
        ended = end_session(unit, person_id=current_bearer().person_id, parent_id=path.session_id)
    if not ended:
        raise NotFoundError
    return Response(status=204)


@opened_by(
    OwnScope.SEE_ADDRESSES, account.get, "/addresses", "listAddresses", {200: KeptAddressList}
)
def addresses() -> Response:
    """List the addresses that the person keeps."""
    with unit_of_work(directory_scope()) as unit:
        found = list_addresses(unit, person_id=current_bearer().person_id)
    return answer(KeptAddressList(addresses=[KeptAddress.of(each) for each in found]))


@opened_by(OwnScope.CHANGE_ADDRESSES, account.post, "/addresses", "addAddress", {201: KeptAddress})
def add(body: AddressWanted) -> Response:
    """Keep one more address; sent again with its key, it is the same one."""
    person_id, address_id = current_bearer().person_id, _id_for(read_key())
    with unit_of_work(directory_scope()) as unit:
        before = find_address(unit, person_id=person_id, address_id=address_id)
        if before is None:
            add_address(
                unit, person_id=person_id, address=body.fields_written(), address_id=address_id
            )
        kept = before or get_address(unit, person_id=person_id, address_id=address_id)
    if before and not _is_written(body, before.fields):
        raise IdempotencyKeyReusedError
    response = answer(KeptAddress.of(kept), status=201)
    if before:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _id_for(key: str) -> UUID:
    """Return the id of what a person's call with this key makes: nothing else is kept of the call."""
    return uuid5(current_bearer().person_id, key)


def _is_written(body: AddressWanted, kept: dict[str, str]) -> bool:
    """Whether a kept address is this one, but for how its country writes it."""
    told = {name: text for name, text in body.fields_written().items() if text}
    return all(
        "".join(kept.get(name, "").casefold().split()) == "".join(text.casefold().split())
        for name, text in told.items()
    )


@opened_by(
    OwnScope.CHANGE_ADDRESSES,
    account.put,
    "/addresses/<uuid:address_id>",
    "changeAddress",
    {200: KeptAddress},
)
def rewrite(path: AddressPath, body: AddressWanted) -> Response:
    """Write an address anew; sent twice, it is the same."""
    read_key()
    person_id = current_bearer().person_id
    with unit_of_work(directory_scope()) as unit:
        change_address(
            unit, person_id=person_id, address_id=path.address_id, address=body.fields_written()
        )
        return answer(KeptAddress.of(_get(unit, path.address_id)))


def _get(unit: UnitOfWork, address_id: UUID) -> AddressRecord:
    return get_address(unit, person_id=current_bearer().person_id, address_id=address_id)


@opened_by(
    OwnScope.CHANGE_ADDRESSES,
    account.delete,
    "/addresses/<uuid:address_id>",
    "removeAddress",
    {204: None},
)
def remove(path: AddressPath) -> Response:
    """Remove an address; what is gone already is not found."""
    read_key()
    with unit_of_work(directory_scope()) as unit:
        remove_address(unit, person_id=current_bearer().person_id, address_id=path.address_id)
    return Response(status=204)
