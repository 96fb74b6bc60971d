"""The bytes of sealed values: what is bound in, and that any change is found."""

import uuid

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.foundation.sealing import SealBrokenError, formats

KEY_ID, OTHER_ID = uuid.UUID(int=7), uuid.UUID(int=8)


@pytest.fixture
def cipher():
    return AESGCM(formats.new_key())


@pytest.mark.parametrize("plain", ["", "Ada", "Lindenstraße 5 · 東京 \x00", "x" * 100_000])
def test_what_was_sealed_is_opened(cipher, plain):
    place = formats.seal_in_place(cipher, 3, plain, purpose="a.b", place="t_00001")
    assert formats.version_of(place) == 3
    assert formats.open_in_place(cipher, place, purpose="a.b", place="t_00001") == plain
    person = formats.seal_for_person(cipher, KEY_ID, plain, purpose="a.b")
    assert formats.key_id_of(person) == KEY_ID
    assert formats.open_for_person(cipher, person, purpose="a.b") == plain


def test_equal_texts_are_sealed_to_different_bytes(cipher):
    sealed = {formats.seal_for_person(cipher, KEY_ID, "Ada", purpose="a.b") for _ in range(100)}
    assert len(sealed) == 100


def test_any_changed_byte_is_found(cipher):
    person = formats.seal_for_person(cipher, KEY_ID, "Ada", purpose="a.b")
    place = formats.seal_in_place(cipher, 1, "Ada", purpose="a.b", place="t_00001")
    for position in range(formats.MARK_BYTES, len(person)):
        with pytest.raises(SealBrokenError):
            formats.open_for_person(cipher, flip(person, position), purpose="a.b")
    for position in range(formats.MARK_BYTES + formats.VERSION_BYTES, len(place)):
        with pytest.raises(SealBrokenError):
            formats.open_in_place(cipher, flip(place, position), purpose="a.b", place="t_00001")
    for length in range(len(person)):
        with pytest.raises((SealBrokenError, ValueError)):
            formats.open_for_person(cipher, person[:length], purpose="a.b")


def flip(value, position):
    return value[:position] + bytes([value[position] ^ 1]) + value[position + 1 :]


def test_a_value_is_bound_to_its_column_its_place_and_its_person(cipher):
    place = formats.seal_in_place(cipher, 1, "Ada", purpose="a.b", place="t_00001")
    for purpose, where in (("a.c", "t_00001"), ("a.b", "t_00002"), ("a.b\x1ft_00001", "")):
        with pytest.raises(SealBrokenError):
            formats.open_in_place(cipher, place, purpose=purpose, place=where)
    person = formats.seal_for_person(cipher, KEY_ID, "Ada", purpose="a.b")
    moved = person[:4] + OTHER_ID.bytes + person[20:]
    for value, purpose in ((person, "a.c"), (moved, "a.b")):
        with pytest.raises(SealBrokenError):
            formats.open_for_person(cipher, value, purpose=purpose)


def test_a_wrapped_key_has_one_length_and_belongs_to_one_person_and_place(cipher):
    key = formats.new_key()
    wrapped = formats.wrap(cipher, 2, key, key_id=KEY_ID, place="t_00001")
    assert len(wrapped) == formats.WRAPPED_BYTES == 68
    assert formats.unwrap(cipher, wrapped, key_id=KEY_ID, place="t_00001") == key
    for key_id, place in ((OTHER_ID, "t_00001"), (KEY_ID, "t_00002")):
        with pytest.raises(SealBrokenError):
            formats.unwrap(cipher, wrapped, key_id=key_id, place=place)
