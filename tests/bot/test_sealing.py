"""What is sealed opens for its own subject, under its own key, and unchanged; for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sealing import SealBroken, Sealer

TEXT = "mã truy cập: AT-1"
SEALER = Sealer("a key")


@given(text=st.text(), about=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_whole(text: str, about: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert SEALER.unseal(SEALER.seal(text, about=about), about=about) == text


def test_the_same_text_never_looks_the_same_and_shows_nothing_of_itself() -> None:
    first, second = (SEALER.seal(TEXT, about="account 1") for _ in range(2))
    assert first != second
    assert "AT-1" not in first
    assert first.isascii()


def test_it_opens_in_another_process_with_the_same_key() -> None:
    assert Sealer("a key").unseal(SEALER.seal(TEXT, about="account 1"), about="account 1") == TEXT


SEALED = SEALER.seal(TEXT, about="account 1")


@pytest.mark.parametrize(
    ("sealer", "sealed", "about"),
    [
        pytest.param(Sealer("another key"), SEALED, "account 1", id="under another key"),
        pytest.param(SEALER, SEALED, "account 2", id="about something else"),
        pytest.param(SEALER, SEALED[:-6] + "AAAA==", "account 1", id="changed"),
        pytest.param(SEALER, SEALED[:12], "account 1", id="cut off"),
        pytest.param(SEALER, "2" + SEALED[1:], "account 1", id="of another form"),
        pytest.param(SEALER, SEALED + "\n", "account 1", id="with more behind it"),
        pytest.param(SEALER, "1.ế", "account 1", id="no base64"),
        pytest.param(SEALER, "", "account 1", id="empty"),
        pytest.param(SEALER, TEXT, "account 1", id="never sealed"),
    ],
)
def test_nothing_else_opens(sealer: Sealer, sealed: str, about: str) -> None:
    with pytest.raises(SealBroken) as error:
        sealer.unseal(sealed, about=about)
    assert error.value.__cause__ is None
    assert error.value.__context__ is None
    assert "AT-1" not in str(error.value)
