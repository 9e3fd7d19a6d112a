"""Reading one answer that a person gave in chat: her name, her birth year, yes or no, a digit.

Each function takes any text and says None, or what is wrong, rather than guess. What to answer then is the handlers' business.
"""

import re
import unicodedata
from datetime import date
from enum import Enum

from bot.text import clean, fold, has_marks

ADULT_AGE = 18
_OLDEST_AGE = 110
_OLDEST_WITHOUT_CENTURY = 80
_MAX_ANSWER = 200  # A longer text is no answer to a question this short.

_WHO = r"(?:tôi|toi|tui|em|chị|chi|con|cháu|chau|cô|co|mình|minh|dì|di|bác|bac)"
# "La" is a family name too, so "la" is taken away only behind "tôi", "em" or "tên".
_NAME_LEAD = re.compile(
    rf"^(?:(?:dạ|da|vâng|thưa)[\s,]+)*"
    rf"(?:(?:{_WHO}\s+)?(?:(?:họ|ho)\s+(?:và\s+|va\s+)?)?(?:tên|ten)\b(?:\s+(?:của\s+|cua\s+)?{_WHO}\b)?\s*"
    rf"(?:(?:là|la)\b|:)?\s*"
    rf"|{_WHO}\s+(?:là|la)\s+)?",
    re.IGNORECASE,
)
_NAME_END = re.compile(r"(?:\s+(?:ạ|nha|nhé|nghen|á))+[\s.!]*$|[\s.!,]+$", re.IGNORECASE)
_NO_NAME = {
    "khong", "ko", "co", "ok", "da", "vang", "thoi", "sua", "chao", "xin chao", "hello", "hi", "alo", "khong biet", "bo qua",
    "em", "toi", "tui", "ten",
}  # fmt: skip
_QUESTION = re.compile(
    r"[?]|\bgì\b|\b(?:la gi|cai gi|lam sao|tai sao|vi sao|bao nhieu|khi nao|the nao|o dau|nhu the)\b",
    re.IGNORECASE,
)

_DATE = re.compile(
    r"(?<!\d)(?:(?P<day>\d{1,2})\s*[-/.]\s*)?(?P<month>\d{1,2})\s*[-/.]\s*(?P<year>\d{4}|\d{2})(?!\d)"
    r"|(?<!\d)(?P<day_8>\d{2})(?P<month_8>\d{2})(?P<year_8>\d{4})(?!\d)"
)
# "sinh năm 85 tuổi Sửu" names the sign of her year, not her age.
_AGE = re.compile(
    r"(?<!\d)(\d{1,3})\s*(?:t\b|tuoi\b(?!\s+(?:ty|suu|dan|mao|meo|thin|ngo|mui|than|dau|tuat|hoi)\b))"
)
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_SHORT_YEAR = re.compile(r"(?<!\d)(\d{2})(?!\d)")
_NUMBERS = re.compile(r"\d+")
_SAYS_YEAR = re.compile(r"\b(?:sinh|nam|ns|sn)\b")

_YES = {
    "1", "co", "co a", "co chi", "co em", "da co", "dong y", "em dong y", "chi dong y", "toi dong y", "tui dong y", "ok", "oke",
    "okie", "okay", "oki", "ok em", "ok chi", "okla", "da", "da dong y", "uh", "uhm", "yes", "chiu",
    "dong y nha", "duoc", "dc", "duoc em", "cho phep", "bang long", "👍", "✅",
}  # fmt: skip
_NO = {
    "2", "khong", "khong a", "khong em", "khong chi", "da khong", "ko", "k", "kg", "kh", "hk", "hok", "hong",
    "khong dong y", "ko dong y", "em khong dong y", "toi khong dong y", "chua dong y", "no", "khong duoc", "ko duoc",
    "khong chiu", "thoi khong", "khong can", "ko can", "👎", "❌",
}  # fmt: skip
# Words that mean it only as spelled: folded, "vang" is also vắng (absent), "dung" also dừng (stop), "u" anything.
_YES_AS_SPELLED = {
    "vâng",
    "dạ vâng",
    "vâng ạ",
    "đúng",
    "đúng rồi",
    "dạ đúng",
    "đúng vậy",
    "phải",
    "dạ phải",
    "ừ",
    "ừm",
}
_NO_AS_SPELLED = {"không phải", "sai", "hổng", "hổng có", "hông có", "hông chịu", "hổng chịu", "chưa"}
# Where she typed marks they count: "cô" (aunt) is not "có", "hồng" (a name) is not "hông".
_MARKED = "có dạ đồng ý được chịu phép bằng lòng không khổng hông hổng cần chưa thôi ạ chị tôi"
_MARKED_WORDS = frozenset(_MARKED.split())
# What may follow an answer without changing it: politeness, full stops, a smile.
_TAIL = re.compile(r"(?:\s+(?:ạ|nha|nhé|nhe|nghen)(?!\w)|[\s.,!~…:)🙂😊😄❤🙏☺️\ufe0f])+$")

_DIGIT = re.compile(
    r"^(?:da\s+)?(?:(?:em|chi|toi|tui|minh)\s+)?(?:chon\s*|bam\s*)?(?:so\s*|cau\s+|muc\s+)?(\d{1,3})"
    r"(?:\s*(?:a|nha|nhe|em|chi))?$"
)


class BirthYearProblem(Enum):
    TOO_YOUNG = "too_young"
    IMPOSSIBLE = "impossible"
    NOT_UNDERSTOOD = "not_understood"


def parse_name(text: str) -> str | None:
    """A person's name of 2 to 80 letters, as she wrote it; capitals are set where she wrote none, or nothing but."""
    if len(text) > _MAX_ANSWER:
        return None
    name = unicodedata.normalize("NFC", " ".join(clean(text).split()))
    name = name.strip().strip("\"“”'").replace("’", "'")
    if _QUESTION.search(name) or _QUESTION.search(fold(name)):
        return None
    name = _NAME_END.sub("", _NAME_LEAD.sub("", name, count=1)).strip()
    if not 2 <= len(name) <= 80 or not all(map(_belongs_in_name, name)):
        return None
    if sum(unicodedata.category(letter)[0] == "L" for letter in name) < 2 or fold(name) in _NO_NAME:
        return None
    return _capitalised(name)[:80] if name in {name.lower(), name.upper()} else name


def _belongs_in_name(letter: str) -> bool:
    if letter in " -'\u200b\u200c\u200d":
        return True
    # Lm, Lo: Khmer letters. M: Vietnamese and Khmer marks.
    script = unicodedata.name(letter, "").split(" ", 1)[0]
    return unicodedata.category(letter)[0] in "LM" and script in {"LATIN", "KHMER", "COMBINING"}


def _capitalised(name: str) -> str:
    return re.sub(r"[^\s\-']+", lambda part: part[0][:1].upper() + part[0][1:].lower(), name)


def parse_birth_year(text: str, today: date) -> int | BirthYearProblem:
    """The year she was born: "1985", "sinh năm 85", "20/10/1985", "38 tuổi" (then a year more or less is possible).

    Two digits are read as the nearest year past, so in 2026 "85" is 1985 and "05" is 2005: nobody of a hundred years
    leaves out the century. A bare "38" may be her age as well as 1938, so it is not understood.
    """
    if len(text) > _MAX_ANSWER:
        return BirthYearProblem.NOT_UNDERSTOOD
    plain = _plain(text)
    age = _AGE.search(plain)
    if age:
        return _checked(today.year - int(age[1]), today)
    dates = list(_DATE.finditer(plain))
    if dates:
        return _of_date(dates, today)
    years = _YEAR.findall(plain)
    if years:
        return _checked(int(years[0]), today) if len(years) == 1 else BirthYearProblem.NOT_UNDERSTOOD
    short = _SHORT_YEAR.findall(plain)
    if len(short) != 1 or len(_NUMBERS.findall(plain)) != 1:
        return BirthYearProblem.NOT_UNDERSTOOD
    return _of_two_digits(int(short[0]), today, says_year=bool(_SAYS_YEAR.search(plain)))


def _of_date(dates: list[re.Match[str]], today: date) -> int | BirthYearProblem:
    if len(dates) > 1:
        return BirthYearProblem.NOT_UNDERSTOOD
    parts = dates[0].groupdict()
    written = parts["year"] or parts["year_8"]
    year = int(written) if len(written) == 4 else _full_year(int(written), today)
    day, month = int(parts["day"] or parts["day_8"] or 1), int(parts["month"] or parts["month_8"])
    checked = _checked(year, today)
    try:
        born = date(year, month, day)
    except ValueError:
        return BirthYearProblem.NOT_UNDERSTOOD
    is_child = (today.year - born.year) - ((today.month, today.day) < (born.month, born.day)) < ADULT_AGE
    return BirthYearProblem.TOO_YOUNG if is_child and isinstance(checked, int) else checked


def _of_two_digits(short: int, today: date, *, says_year: bool) -> int | BirthYearProblem:
    checked = _checked(_full_year(short, today), today)
    is_likely = isinstance(checked, int) and today.year - checked <= _OLDEST_WITHOUT_CENTURY
    if says_year or is_likely or short < ADULT_AGE:
        return checked
    return BirthYearProblem.NOT_UNDERSTOOD


def _full_year(short: int, today: date) -> int:
    century = today.year - today.year % 100
    return century + short if century + short <= today.year else century - 100 + short


def _checked(year: int, today: date) -> int | BirthYearProblem:
    age = today.year - year
    if age < 0 or age > _OLDEST_AGE:
        return BirthYearProblem.IMPOSSIBLE
    return BirthYearProblem.TOO_YOUNG if age < ADULT_AGE else year


def parse_yes_no(text: str) -> bool | None:
    """Yes, no, or None to ask again. "vang" and "dung" without marks are None: they also mean absent and stop."""
    if len(text) > _MAX_ANSWER:
        return None
    digit = parse_digit(text, 2)
    if digit in {1, 2}:
        return digit == 1
    spelled = _TAIL.sub("", unicodedata.normalize("NFC", " ".join(text.split())).casefold())
    if spelled in _YES_AS_SPELLED or spelled in _NO_AS_SPELLED:
        return spelled in _YES_AS_SPELLED
    plain = fold(spelled)
    if any(has_marks(word) and word not in _MARKED_WORDS for word in spelled.split()):
        return None
    if plain in _YES or plain in _NO:
        return plain in _YES
    return None


def parse_digit(text: str, highest: int) -> int | None:
    """The number from 0 to `highest` that she chose: "1", "số 2", "chọn 3", "1.", "①", "១", "１"."""
    if len(text) > _MAX_ANSWER:
        return None
    match = _DIGIT.match(re.sub(r"[\s.,!)(\]\[:#*\ufe0f\u20e3]+", " ", _plain(text)).strip())
    if match is None or int(match[1]) > highest:
        return None
    return int(match[1])


def _plain(text: str) -> str:
    """Folded, with every script's digits as ASCII and circled or wide figures undone."""
    wide = fold(unicodedata.normalize("NFKC", text))
    return "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in wide)
