"""KeyStore: keys on this machine and AWS KMS keep the same promises; boto3 unmodified against moto's KMS."""

import base64
import secrets

import boto3
import psycopg
import pytest

from app.foundation.idempotency import Answer, answer_once
from app.foundation.ports import (
    KeyStore,
    KeyStoreUnavailableError,
    WrappedKey,
    port,
    provide,
)
from app.foundation.sealing.places import vault
from app.foundation.unit_of_work import unit_of_work
from app.gateways.keys.kms import KmsKeyStore
from app.gateways.keys.local import LocalKeyStore, RootKeyFile

PORT, REAL, LOCAL = KeyStore, KmsKeyStore, LocalKeyStore


@pytest.fixture(params=["real", "local"])
def make_store(request):
    """Return what makes stores from names of roots: the first of them wraps."""
    if request.param == "local":
        roots = {name: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for name in "ab"}
        return lambda names: LocalKeyStore(lambda: tuple(roots[name] for name in names))
    endpoint = request.getfixturevalue("aws")
    request.getfixturevalue("credentials")
    client = boto3.client("kms", endpoint_url=endpoint)
    ids = {name: client.create_key()["KeyMetadata"]["KeyId"] for name in "ab"}
    return lambda names: KmsKeyStore(tuple(ids[name] for name in names), endpoint=endpoint)


def test_what_was_wrapped_is_unwrapped(make_store):
    store, key = make_store("a"), secrets.token_bytes(32)
    kept = store.wrap(key, place="t_00001")
    assert kept.root_name == store.current
    assert key not in kept.wrapped
    assert store.unwrap(kept, place="t_00001") == key


def test_a_key_of_one_place_is_refused_for_another(make_store):
    store = make_store("a")
    kept = store.wrap(secrets.token_bytes(32), place="t_00001")
    with pytest.raises(ValueError, match="another place"):
        store.unwrap(kept, place="t_00002")


def test_changed_bytes_are_refused(make_store):
    store = make_store("a")
    kept = store.wrap(secrets.token_bytes(32), place="t_00001")
    changed = kept.wrapped[:-1] + bytes([kept.wrapped[-1] ^ 1])
    with pytest.raises(ValueError, match="changed"):
        store.unwrap(WrappedKey(kept.root_name, changed), place="t_00001")


def test_a_new_root_wraps_and_the_old_one_still_unwraps(make_store):
    old, both, key = make_store("a"), make_store("ba"), secrets.token_bytes(32)
    kept = old.wrap(key, place="t_00001")
    assert both.current != old.current
    assert both.unwrap(kept, place="t_00001") == key
    anew = both.wrap(key, place="t_00001")
    assert anew.root_name == both.current
    assert both.unwrap(anew, place="t_00001") == key


def test_a_root_that_is_gone_is_said(make_store):
    kept = make_store("a").wrap(secrets.token_bytes(32), place="t_00001")
    with pytest.raises(LookupError, match="no root key"):
        make_store("b").unwrap(kept, place="t_00001")


def test_a_store_that_is_away_is_said_soon(credentials, tmp_path):
    away = KmsKeyStore(("key",), endpoint="http://127.0.0.1:9")
    no_file = LocalKeyStore(RootKeyFile(tmp_path / "missing").read)
    for store in (away, no_file):
        with pytest.raises(KeyStoreUnavailableError):
            store.wrap(b"0" * 32, place="t_00001")
    with pytest.raises(KeyStoreUnavailableError):
        away.unwrap(WrappedKey("key", b"x"), place="t_00001")


def test_a_file_is_read_again_so_that_a_new_root_needs_no_restart(tmp_path):
    path = tmp_path / "roots"
    lines = [base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for _ in range(2)]
    path.write_text(lines[0])
    store = LocalKeyStore(RootKeyFile(path).read)
    kept = store.wrap(b"0" * 32, place="directory")
    path.write_text("\n".join(reversed(lines)))
    assert store.current != kept.root_name
    assert store.unwrap(kept, place="directory") == b"0" * 32


def test_a_new_root_is_put_in_front_and_what_nobody_uses_is_removed(tmp_path):
    path = tmp_path / "roots"
    path.write_text(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    file = RootKeyFile(path)
    store = LocalKeyStore(file.read)
    kept = store.wrap(b"0" * 32, place="directory")
    assert file.add_new() == store.current != kept.root_name
    assert path.stat().st_mode & 0o077 == 0
    assert file.keep_only({kept.root_name}) == 0
    assert store.unwrap(kept, place="directory") == b"0" * 32
    assert file.keep_only({store.current}) == 1
    with pytest.raises(LookupError):
        store.unwrap(kept, place="directory")
    assert file.keep_only(set()) == 0, "the first stays"
    assert [each.name for each in tmp_path.iterdir()] == ["roots"]


@pytest.fixture
def on_kms(platform, shop, aws, credentials):
    """Let this process's root keys be in KMS; afterwards the shop has no key that only KMS opens."""
    before = port(KeyStore)
    yield lambda *ids: provide(KeyStore, KmsKeyStore(ids, endpoint=aws))
    provide(KeyStore, before)
    vault().forget()
    with psycopg.connect(platform.server.cells[shop.cell]) as connection:
        connection.execute("DELETE FROM platform.shop_key WHERE shop = %s", [shop.schema])
        connection.execute(f"DELETE FROM {shop.schema}.idempotency_key".encode())


def test_a_shop_stands_on_kms_through_a_change_of_its_root(shop, on_kms, aws):
    client = boto3.client("kms", endpoint_url=aws)
    old, new = (client.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))

    def ask():
        with unit_of_work(shop.scope) as unit:
            return answer_once(unit, key="k", request="r", work=lambda: Answer(200, "first"))

    on_kms(old)
    assert ask() == (Answer(200, "first"), False)
    for roots in ((old,), (new, old)):
        on_kms(*roots)
        vault().forget()
        assert ask() == (Answer(200, "first"), True)
