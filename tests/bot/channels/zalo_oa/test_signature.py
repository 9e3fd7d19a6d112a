"""Zalo's signature: the vectors of the reference, every way of writing it, and nothing else."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.channels.zalo_oa.signature import Flaw, Keys, signature, timestamp_of, unproven
from tests.bot.channels.zalo_oa.payloads import APP, KEYS, OA, text, written

BODY = (
    '{"app_id":"1234567890123456789","sender":{"id":"9000000000000000001"},"user_id_by_app":"8000000000000000001",'
    '"recipient":{"id":"7000000000000000001"},"event_name":"user_send_text","message":{"text":"Xin chào",'
    '"msg_id":"a1b2c3d4e5f60718"},"timestamp":"1767225600000"}'
).encode()
MAC = "464096b4fe75f60483f4143e4ad80b67be6001738a4890cd734d5ab7ecfa0d22"
TIME = "1767225600000"


def time_in(body: bytes) -> str | None:
    payload = unproven(body)
    return None if payload is None else timestamp_of(payload)


def test_the_vectors_of_the_reference() -> None:
    short = signature("X", b"BODY", "1234567890", "Y")
    assert short == "2f1ef5aabe67e8396a459ca89562e108ad541f82ba5022c85f645bd6b7220cb9"
    assert len(BODY) == 267
    assert signature(APP, BODY, TIME, KEYS.oa_secret_key) == MAC
    assert KEYS.is_good(BODY, TIME, f"mac={MAC}")


@pytest.mark.parametrize(
    ("given", "is_good"),
    [
        (f"mac={MAC}", True),
        (f"mac = {MAC}", True),
        (f" MAC= {MAC.upper()} ", True),
        (MAC, True),
        ("", False),
        ("mac=", False),
        (f"mac={MAC[:-1]}", False),
        (f"mac={MAC}0", False),
        (f"mac={MAC[:-1]}3", False),
        (f"mac=mac={MAC}", False),
        (f"sha256={MAC}", False),
        (f"mac={MAC},mac={MAC}", False),
        ("mac=" + "ạ" * 64, False),
        ("mac=" + "٠" * 64, False),
        ("mac=\udcff", False),
    ],
)
def test_every_way_of_writing_it_and_no_other(given: str, is_good: bool) -> None:
    assert KEYS.is_good(BODY, TIME, given) is is_good


def test_nothing_is_good_without_a_key() -> None:
    """Else anybody could sign."""
    keyless = Keys(APP, oa_secret_key="", app_secret="example-app-secret")
    given = signature(APP, BODY, TIME, "")
    assert not keyless.is_good(BODY, TIME, given)
    assert keyless.diagnose(BODY, TIME, given, OA) is Flaw.WRONG_KEY


@pytest.mark.parametrize("changed", [BODY[:-1], BODY + b" ", BODY.replace(b"Xin", b"xin"), b""])
def test_a_changed_body_is_not_good(changed: bytes) -> None:
    assert not KEYS.is_good(changed, TIME, MAC)


@pytest.mark.parametrize(
    ("first", "key", "flaw"),
    [
        (APP, "example-app-secret", Flaw.WRONG_KEY),
        (OA, "example-app-secret", Flaw.WRONG_KEY),
        (OA, "example-oa-secret-key", Flaw.WRONG_FIRST_TERM),
        (OA, "somebody else's", Flaw.FORGED),
        ("", "", Flaw.FORGED),
    ],
)
def test_what_is_wrong_is_said_and_never_accepted(first: str, key: str, flaw: Flaw) -> None:
    given = f"mac={signature(first, BODY, TIME, key)}"
    assert not KEYS.is_good(BODY, TIME, given)
    assert KEYS.diagnose(BODY, TIME, given, OA) is flaw


def test_without_signature_it_is_unsigned() -> None:
    assert KEYS.diagnose(BODY, TIME, "", OA) is Flaw.UNSIGNED
    assert KEYS.diagnose(BODY, TIME, "mac=", OA) is Flaw.FORGED


def test_the_keys_show_no_secret() -> None:
    assert "secret" not in repr(KEYS).replace("oa_secret_key", "")


@pytest.mark.parametrize(
    ("body", "written_so"),
    [
        ('{"timestamp":"1767225600000"}', "1767225600000"),
        ('{"timestamp": 1767225600000}', "1767225600000"),
        ('{"timestamp":1767225600000.0}', "1767225600000.0"),
        ('{"timestamp":1.7672256E+12}', "1.7672256E+12"),
        ('{"timestamp":-0}', "-0"),
        ('{"timestamp":' + "9" * 5000 + "}", "9" * 5000),
        ('{"timestamp":"\\u0031 2"}', "1 2"),
        ('{"timestamp":"1","timestamp":"2"}', "2"),
        ('{"message":{"timestamp":"1"}}', ""),
        ('{"timestamp":null}', ""),
        ('{"timestamp":true}', ""),
        ('{"timestamp":["1"]}', ""),
        ("{}", ""),
        ("[]", None),
        ('"timestamp"', None),
        ("", None),
        ('{"timestamp":"17672', None),
        ('{"timestamp":NaN}', None),
        ("[" * 100_000, None),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_the_timestamp_is_read_as_it_was_written(body: str, written_so: str | None) -> None:
    assert time_in(body.encode()) == written_so


@given(st.binary())
def test_no_bytes_break_the_reading(body: bytes) -> None:
    timestamp = time_in(body)
    assert timestamp is None or not KEYS.is_good(body, timestamp, MAC)


NUMBERS = st.integers(0, 10**30).map(str) | st.floats(0, 1e15).map(repr)


@given(words=st.text(), number=NUMBERS, is_number=st.booleans())
def test_what_is_signed_is_good_whatever_it_says(words: str, number: str, is_number: bool) -> None:
    head = json.dumps({"event_name": "user_send_text", "message": {"text": words}})[:-1]
    body = f'{head},"timestamp":{number if is_number else json.dumps(number)}}}'.encode()
    mac = hashlib.sha256(APP.encode() + body + number.encode() + KEYS.oa_secret_key.encode()).hexdigest()
    timestamp = time_in(body)
    assert timestamp == number
    assert KEYS.is_good(body, timestamp, mac)


@given(given=st.text(), at=st.integers(0), flip=st.integers(1, 255))
def test_nothing_unsigned_or_changed_is_good(given: str, at: int, flip: int) -> None:
    body = written(text("chào"))
    timestamp = time_in(body)
    assert timestamp is not None
    mac = signature(APP, body, timestamp, KEYS.oa_secret_key)
    assume(mac not in given.lower())
    assert not KEYS.is_good(body, timestamp, given)
    assert KEYS.diagnose(body, timestamp, given, OA) in {Flaw.UNSIGNED, Flaw.FORGED}
    changed: Any = bytearray(body)
    changed[at % len(body)] ^= flip
    found = time_in(bytes(changed))
    assert found is None or not KEYS.is_good(bytes(changed), found, mac)
