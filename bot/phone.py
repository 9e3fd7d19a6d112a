"""Telephone numbers of Vietnam: kept as E.164, shown as people write them, masked where no one needs the whole."""

import re
from enum import StrEnum

import phonenumbers

_REGION = "VN"
_COUNTRY_CODE = 84
_MAX_LETTERS = 60
_NUMBER = re.compile(r"\+?\(?\d[\d\s.()\-–]{6,24}\d")
# With a sign, the country or the zero before it, so that an amount or a year is none.
_MEANT = re.compile(r"(?<![\d+])(?:\+84|84|0)[\d\s.()\-–]{4,24}\d(?!\d)")
_ANY = re.compile(r"(?<![\d+])(?:\+84)?\d[\d\s.()\-–]{3,24}\d(?!\d)")
_DATE = re.compile(r"\d{1,2}([.\-\s])\d{1,2}\1\d{2,4}|(?:19|20)\d\d([.\-\s])[01]?\d\2[0-3]?\d")
# As tables write a day, and an hour beside any: their digits together would be long enough.
_DAY_FIRST = re.compile(r"\s*(?:19|20)\d\d-[01]\d-[0-3]\d(?!\d)")
_CLOCK = re.compile(r"(?<!\d)\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?!\d)")
_LEAST, _MOST, _IDENTITY_CARD = 6, 13, 12  # Digits; of fewer, and of more, nobody can say what they are.
_HOTLINES = ("1800", "1900")
_MOBILE_DIGITS, _HOME_DIGITS = 9, 10  # Behind the zero.
# Service numbers (1800, 1900) and the like are no one's own telephone.
_PERSONAL = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)


class Slip(StrEnum):
    """What is wrong with a number that is meant to be a telephone's."""

    SHORT = "short"
    LONG = "long"
    WRONG = "wrong"  # As long as it has to be, but nobody's begins like that.


def slip_in(text: str, *, is_meant: bool = False) -> Slip | None:
    """What is wrong with the one number of a short answer that looks like a Vietnamese telephone's and is none; None for all else.

    `is_meant`: it stands where telephone numbers stand, so it is meant to be one however it begins.
    """
    if len(text) > _MAX_LETTERS or _DAY_FIRST.match(text) or parse_phone(text):
        return None
    number = _ANY if is_meant else _MEANT
    found = [one for one in number.findall(_CLOCK.sub(":", text)) if not _DATE.fullmatch(one)]
    if len(found) != 1:
        return None
    written = re.sub(r"\D", "", found[0])
    if not _LEAST <= len(written) <= _MOST or (len(written) == _IDENTITY_CARD and not is_meant):
        return None
    if written.startswith(_HOTLINES):
        return None
    at_home = re.sub(r"^(?:84(?=.{6})0?|0)", "", written)
    right = _HOME_DIGITS if at_home.startswith("2") else _MOBILE_DIGITS
    if len(at_home) == right:
        return Slip.WRONG
    return Slip.SHORT if len(at_home) < right else Slip.LONG


def parse_phone(text: str) -> str | None:
    """The one Vietnamese mobile or home number in a short answer, as E.164; None for anything else.

    "0912 345 678", "84912345678", "+84 (0)912.345.678", "số em là 0912345678". Hotlines, foreign numbers and two
    numbers at once are None.
    """
    if len(text) > _MAX_LETTERS:
        return None
    found = {_e164(match[0]) for match in _NUMBER.finditer(text)}
    return found.pop() if len(found) == 1 else None


def display_phone(e164: str) -> str:
    """As it is dialled at home: "0912 345 678"."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    if number.country_code != _COUNTRY_CODE:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def mask_phone(e164: str) -> str:
    """Enough for its owner to know it again: "•••• ••• 678"."""
    return f"•••• ••• {e164[-3:]}" if len(e164) > 6 else "•••"


def _e164(text: str) -> str | None:
    try:
        number = phonenumbers.parse(re.sub(r"^\+?84\s*\(0\)", "+84", text), _REGION)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != _COUNTRY_CODE or not phonenumbers.is_valid_number(number):
        return None
    if phonenumbers.number_type(number) not in _PERSONAL:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
