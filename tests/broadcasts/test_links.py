from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcasts import links

KEY = b"a key"
IDS, NUMBERS = st.integers(1, 2**62), st.integers(0, 255)


@given(IDS, NUMBERS)
def test_what_was_made_is_read_back_and_needs_no_escaping(delivery_id: int, number: int) -> None:
    token = links.token(delivery_id, number, KEY)
    assert links.read(token, KEY) == (delivery_id, number)
    assert quote(token, safe="") == token


@given(IDS, NUMBERS, st.data())
def test_another_letter_or_another_key_makes_it_nobodys(
    delivery_id: int, number: int, data: st.DataObject
) -> None:
    token = links.token(delivery_id, number, KEY)
    # The last letter of base64 may hold bits that mean nothing.
    at = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))
    changed = f"{token[:at]}{other}{token[at + 1 :]}"
    assert links.read(changed, KEY) == ((delivery_id, number) if changed == token else None)
    assert links.read(token, b"another") is None


@given(st.text(max_size=60))
def test_anything_else_is_nothing(said: str) -> None:
    assert links.read(said, KEY) is None


def test_an_address_is_short_and_there_is_none_where_nobody_reaches_us() -> None:
    addresses = links.addresses("https://hoi.example", KEY)
    assert addresses is not None
    address = addresses(20_000_000, 3)
    assert address.startswith("https://hoi.example/r/")
    assert len(address) <= len("https://hoi.example/r/") + 16
    assert links.addresses("", KEY) is None


def test_a_link_number_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer links"):
        links.token(1, 256, KEY)
