import unicodedata

import pytest
from argon2 import PasswordHasher

from bot.people.passwords import Passwords, is_acceptable


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.mark.parametrize(
    ("password", "fits"),
    [
        ("chín chữ…", False),
        ("mười chữ…!", True),
        (unicodedata.normalize("NFD", "ấấấấấ"), False),  # Five letters, however many code points.
        ("x" * 200, True),
        ("x" * 201, False),
        ("", False),
    ],
)
def test_length_is_counted_in_letters(password: str, fits: bool) -> None:
    assert is_acceptable(password) is fits


async def test_only_the_password_itself_is_right(passwords: Passwords) -> None:
    kept = await passwords.make_hash("một câu dễ nhớ")
    assert await passwords.is_right(kept, "một câu dễ nhớ")
    assert await passwords.is_right(kept, unicodedata.normalize("NFD", "một câu dễ nhớ"))
    for wrong in ("mot cau de nho", "Một câu dễ nhớ", "", "x" * 1_000_000, "\ud83d", "\0"):
        assert not await passwords.is_right(kept, wrong)


async def test_nobody_has_no_password_and_a_spoiled_one_is_never_right(passwords: Passwords) -> None:
    assert not await passwords.is_right(None, "nobody has this password")
    assert not await passwords.is_right("spoiled", "spoiled")


async def test_hash_of_weaker_days_is_outdated(passwords: Passwords) -> None:
    kept = await passwords.make_hash("một câu dễ nhớ")
    assert not passwords.is_outdated(kept)
    assert Passwords().is_outdated(kept)
