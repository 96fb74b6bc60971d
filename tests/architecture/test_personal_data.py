"""Every column that holds or names a person is exported and erased, or says why it is not."""

import re

import pytest

from app.foundation.database import db
from app.foundation.personal_data import By, Delete, Empty, Keep
from app.foundation.sealing import Sealed, SealedForPerson
from app.wiring import PERSONAL_DATA

NAMES_A_PERSON = re.compile(
    r"person|customer_id|email|^(actor|owner|agent|address|network|place|tracking_number)$|_by$"
    r"|(account|device|address|network|other)_(hash|index)$"
)
ELSEWHERE = {
    "audit_chain", "audit_checkpoint", "directory_audit_chain",
    # hashes of rows of the log
}  # fmt: skip
EXPLAINED = {
    "seller_transfer.account_id": "the seller's account at the provider",
    "connected_account.provider_id": "the seller's account at the provider",
    "person_consent.place": "the page on which the answer was given",
    "customer_consent.place": "the page on which the answer was given",
    "erasure.person_id": "the list of the erased is kept by id, so that a backup cannot undo it",
    "address_claim.email_index": "a trigger removes it with the account or invitation it is of",
    "erasure.other_index": "stands there only beside the other one (a CHECK says so)",
    "erasure.email_index": "stands there only while the erasure runs (a CHECK says so)",
    "shop_profile.contact_email": "the shop's public address",
}
"""Columns that look like a person's and are not, or are kept for a reason of their own."""
BY_TABLE = {holding.name: holding for holding in PERSONAL_DATA}


def columns():
    for kind in ("directory", "platform", "shop"):
        for table in db.metadatas[kind].tables.values():
            for column in table.columns:
                is_sealed = isinstance(column.type, Sealed | SealedForPerson)
                if is_sealed or NAMES_A_PERSON.search(column.name):
                    yield pytest.param(table.name, column.name, id=f"{table.name}.{column.name}")


@pytest.mark.parametrize(("table", "column"), list(columns()))
def test_a_persons_column_is_exported_and_erased_or_says_why_not(table, column):
    if f"{table}.{column}" in EXPLAINED or table in ELSEWHERE:
        return
    holding = BY_TABLE.get(table)
    assert holding is not None, (
        f"{table}.{column} holds or names a person: add {table} to its domain's personal_data.py"
        " (see app/foundation/personal_data.py), or say here why it is nobody's"
    )
    assert column in {*holding.exported, *holding.untold}, (
        f"{table}.{column} is not exported: list it in `exported`, or say why in `untold`"
    )
    match holding.erasure:
        case Delete():
            pass
        case Empty(values):
            assert column in {*values, *holding.kept}, f"{table}.{column} is not emptied"
        case By(_, cleared):
            assert column in {*cleared, *holding.kept}, f"{table}.{column} is not cleared"
        case Keep(reason):
            assert str(reason)


def test_what_is_explained_is_there():
    known = {f"{param.values[0]}.{param.values[1]}" for param in columns()}
    gone = set(EXPLAINED) - known
    assert {name for name in gone if not NAMES_A_PERSON.search(name.split(".")[1])} <= {
        "seller_transfer.account_id", "connected_account.provider_id",
    }  # fmt: skip


def test_every_holding_names_columns_that_exist():
    for holding in PERSONAL_DATA:
        there = set(holding.table.__table__.columns.keys())
        named = {*holding.exported, *holding.untold, *holding.kept}
        if isinstance(holding.erasure, Empty):
            named |= set(holding.erasure.values)
        assert named <= there, (holding.name, named - there)
        assert bool(holding.exported) == bool(str(holding.title)), holding.name
