"""Telephone numbers of Vietnam: kept as E.164, shown as people write them, masked where no one needs the whole."""

import re

import phonenumbers

_REGION = "VN"
_COUNTRY_CODE = 84
_MAX_LETTERS = 60
_NUMBER = re.compile(r"\+?\(?\d[\d\s.()\-–]{6,24}\d")
# Service numbers (1800, 1900) and the like are no one's own telephone.
_PERSONAL = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)


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
