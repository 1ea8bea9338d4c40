"""Bytes from outside: compared, decoded and sampled without trusting them."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MalformedUpdate
from core.ingress import fingerprint, json_object, same_secret, sample


@pytest.mark.parametrize(
    ("given_", "same"),
    [("geheim", True), ("geheimx", False), ("", False), ("\udcff\udcfe", False), ("\ud800", False)],
    ids=["the same", "longer", "empty", "raw bytes", "no bytes at all"],
)
def test_a_secret_is_compared_as_bytes(given_: str, same: bool) -> None:
    assert same_secret(given_, "geheim") is same


def test_an_empty_secret_never_fits() -> None:
    assert not same_secret("", "")


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_malformed(body: bytes) -> None:
    sample(body)
    assert len(fingerprint(body)) == 64
    with contextlib.suppress(MalformedUpdate):
        assert isinstance(json_object(body), dict)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.dictionaries(st.text(), _VALUES, max_size=4), st.booleans())
def test_an_object_is_read_as_it_was_written(value: dict[str, Any], escaped: bool) -> None:
    assert json_object(json.dumps(value, ensure_ascii=escaped).encode()) == value


@pytest.mark.parametrize(
    ("body", "value"),
    [(b'{"a":"\\ud83d"}', "\ud83d"), (b'{"a":1e999}', float("inf"))],
    ids=["half a sign", "beyond all bounds"],
)
def test_what_a_strict_reader_refuses_is_read_too(body: bytes, value: object) -> None:
    assert json_object(body) == {"a": value}


def test_a_sample_holds_shapes_and_field_names_only() -> None:
    body = '{"text": "тайна 4276", "from": {"id": 7, "x y": [1.5, null, true]}}'.encode()
    assert sample(body) == (
        '{"text": "str", "from": {"id": "int", "other": ["float", "NoneType", "bool"]}}'
    )
    assert sample(b"\xff") == "1 bytes, not JSON"
