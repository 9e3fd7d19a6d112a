"""Takes out of what a member asked whatever says who she is: names of persons, numbers that belong to somebody, sums.

What is left is for officers who make the FAQ better: of what the question is about nothing must go. A name is known by what
stands before it, by the family name that it begins with, or by its capitals; places and the Union's own words stay. Khmer
is written without blanks and capitals, so there only what follows a word for "named" is taken for a name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.keywords import Keywords
from bot.text import clean, cut, fold

MOST_UNITS = 500
_READ = 4000  # Of a longer text the beginning says enough.
_GAP = "…"

_FAMILIES = Keywords(
    "nguyễn", "trần", "lê", "phạm", "huỳnh", "hoàng", "phan", "vũ", "võ", "đặng", "bùi", "đỗ", "hồ", "ngô", "dương", "lý", "thạch", "danh",
    "đinh", "trương", "lưu", "trịnh", "quách", "lương", "cao", "liêu", "tăng",
)  # fmt: skip
_WIDER = _FAMILIES | ("kim", "sơn", "lâm", "châu", "kiên", "mai", "hà", "tạ", "thái", "tô", "từ", "ông")
"""With those that are everyday words or places where no "thị" or "văn" follows."""

_SURE = Keywords(
    "nguyễn", "trần", "huỳnh", "phạm", "hoàng", "thạch", "danh", "quách", "đinh", "trương", "trịnh", "lưu", "phan", "đặng", "bùi", "ngô",
    "dương", "lương",
)  # fmt: skip
"""Those that begin a name behind "chị" or "anh" also where all is written small."""

_MIDDLE = r"thi|van"
_PLACE = (
    r"xa|phuong|huyen|quan|tinh|thanh pho|tp|thi tran|thi xa|ap|khom|khu vuc|kv|thon|xom|duong|cau|cho|truong|benh vien|rach|kenh|"
    r"song|chua|o|tai|ve|qua|di|den|hem|chi hoi|to"
)
_NO_GIVEN_NAMES = (
    "o sinh sn ns nam nha muon hoi la ap xa va co dang day a cho xin can bi duoc khong ko thi nay thuoc sdt so dt cmnd cccd chua da roi "
    "nho lam di vay voi nhung con chong ba me em chi anh minh toi tui de dong que tu den mat moi se nghe bao danh choi uong hoc lay "
    "dau om sanh goi nhan gui ban mua muon vo ve ra vao trong khi nhu thay biet nghi om lai cung hay hoac thuong phai"
)
_STOP = frozenset(_NO_GIVEN_NAMES.split())
_TITLES = r"chi|anh|em|co|chu|bac|ong|ba|di|cau|be|con|chau|ma|thim|mo|chong|vo|me|cha"
_TITLE_WORDS = Keywords(
    "chị", "anh", "em", "cô", "chú", "bác", "ông", "bà", "dì", "cậu", "bé", "con", "cháu", "má", "thím", "mợ", "chồng", "vợ", "mẹ", "cha"
)  # fmt: skip
_WHO = (
    r"(?:toi|tui|em|chi|con|chau|minh|ong|ba|anh|chong|vo|me|cha|chong toi|chong em|con toi|con em|ho va|day)"
)
_TITLED_ONLY = (
    "hoi bi chu pho can truong uy chi toi tui em anh co ong ba cong giam luat nghi quyet dang doan bac thi ten khu quan viet khmer kinh "
    "khong dan lam lao nong phu cho xin da la va o ho hoc"
)
_OF_THE_UNION = frozenset(_TITLED_ONLY.split())
"""What may be written large behind "chị" or "bác" without being a name."""

_SMALL = r"[^\W\d_]+"

_MONEY = r"trieu|tr|nghin|ngan|k|ty|ti|dong|d|vnd|do la|do|usd|luong vang|chi vang|cay vang"
_COUNTS = r"mot|hai|ba|bon|nam|lam|sau|bay|tam|chin|muoi|chuc|tram|may|vai|ruoi"
_KHMER_MONEY = "លាន|រៀល|ដុង|ពាន់|ម៉ឺន|សែន"

_NUMBERS: tuple[re.Pattern[str], ...] = (
    re.compile(r"\S+@\S+"),
    re.compile(r"(?<![\d/])\(?\+?(?!(?:19|20)\d\d[\s–-]+(?:19|20)\d\d(?!\d))\d(?:[\s.()–-]{0,2}\d){5,}"),
    re.compile(r"(?<![\d/])\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:19\d\d|200\d|201\d)(?!\d)"),
    re.compile(rf"\d[\d.,]*\s*(?:(?:{_MONEY})\b(?:\s*(?:\d+|dong\b))?|(?:{_KHMER_MONEY}))"),
    re.compile(rf"\b(?:(?:{_COUNTS})\s+)+(?:trieu|nghin|ngan|ty)\b(?:\s+(?:dong|ruoi))?"),
    re.compile(r"(?<=\bso nha )\s*[\w/.-]*\d[\w/.-]*|(?<=\bnha so )\s*[\w/.-]*\d[\w/.-]*"),
    re.compile(r"(?<=\bhem )\d[\w/.-]*|(?<=\bngo )\d[\w/.-]*|(?<=\bkiet )\d[\w/.-]*"),
    re.compile(r"\b\d+[a-z]?(?:/\d+[a-z]?)*(?=,?\s+(?:duong|hem)\b)"),
)
"""On the folded text."""

_AFTER_TEN = re.compile(
    rf"\b(?P<before>{_WHO}\s+)?ten\s+(?P<who>{_WHO}\s+)?(?P<is>(?:la|goi la)\s+)?(?P<name>{_SMALL}(?:[ ]{_SMALL}){{0,4}})"
)
_FULL = re.compile(
    rf"(?P<name>\b(?P<first>{_SMALL})[ ](?:{_SMALL}[ ])?(?:{_MIDDLE})[ ](?P<given>{_SMALL}(?:[ ]{_SMALL}){{0,2}}))"
)
_TITLED = re.compile(
    rf"\b(?:{_TITLES})\s+(?P<name>(?P<first>{_SMALL})[ ](?P<given>{_SMALL}(?:[ ]{_SMALL})?))"
)
_NOT_NAMED = frozenset(
    (
        "gi",
        "nao",
        "ai",
        "sao",
        "the",
        "la",
        "cua",
        "do",
        "nay",
        "kia",
        "hang",
        "duoc",
        "cho",
        "goi",
        "day",
        "chi",
        "that",
    )
)
_CAPITALISED = re.compile(r"[^\W\d_]+(?:[ ][^\W\d_]+)*")
_KHMER_NAMED = re.compile("(?<=ឈ្មោះ)[ \u200b]*(?!អ្វី|អី|ណា)[\u1780-\u17d3]{2,40}?(?=[ \u200b។]|$)")


def plain(text: str) -> str:
    """The text without names of persons, telephone and identity numbers, house numbers and sums; at most 500 long."""
    words = clean(cut(text, _READ))
    for pattern in _NUMBERS:
        words = _without(words, (match.span() for match in pattern.finditer(_shadow(words))))
    for find in (_named, _called, _capitals):
        words = _without(words, sorted(find(words), key=lambda span: (span[0], -span[1])))
    words = _without(words, (match.span() for match in _KHMER_NAMED.finditer(words)))
    return cut(re.sub(rf"(?:{_GAP}\s*)+{_GAP}", _GAP, words), MOST_UNITS)


def _without(words: str, spans: Iterable[tuple[int, int]]) -> str:
    kept, end = [], 0
    for start, stop in spans:
        if start < end or start == stop:
            continue
        kept += [words[end:start], _GAP]
        end = stop
    return "".join([*kept, words[end:]])


def _shadow(words: str) -> str:
    """Folded, letter for letter: what is found there stands at the same place in the words."""
    return "".join(map(_shadow_of, words))


@lru_cache(maxsize=4096)
def _shadow_of(char: str) -> str:
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.digit(char))
    folded = fold(char)
    return folded if len(folded) == 1 else char


def _named(words: str) -> Iterator[tuple[int, int]]:
    """Names that stand behind "tên"."""
    for match in _AFTER_TEN.finditer(_shadow(words)):
        parts = list(re.finditer(_SMALL, match["name"]))
        start = match.start("name")
        if parts[0][0] in _NOT_NAMED:
            continue
        first = words[start : start + parts[0].end()]
        is_name = first in _WIDER or _is_capitalised(first)
        # "tên hợp tác xã" is no person.
        if is_name or match["before"] or match["who"] or match["is"]:
            yield start, start + _end_of_name(words[start:], parts[: 4 if is_name else 2])


def _called(words: str) -> Iterator[tuple[int, int]]:
    """Names that are known by their family name, however they are written."""
    shadow = _shadow(words)
    for pattern, families in ((_FULL, _WIDER), (_TITLED, _SURE)):
        at = 0
        while match := pattern.search(shadow, at):
            given, (start, end) = match.start("given"), match.span("first")
            at = end
            if words[start:end] not in families or _is_place(shadow, start):
                continue
            stop = given + _end_of_name(words[given:], list(re.finditer(_SMALL, match["given"])), least=0)
            if stop > given:
                yield start, stop
                at = stop


def _end_of_name(words: str, parts: list[re.Match[str]], *, least: int = 1) -> int:
    """Where a name ends that begins with these words: what is written small behind a capital, or no name, is not of it."""
    end, is_large = 0, _is_capitalised(words[: parts[0].end()])
    for at, part in enumerate(parts):
        word = words[part.start() : part.end()]
        is_middle = at == 1 and part[0] in _MIDDLE.split("|")
        is_more = _is_capitalised(word) if is_large else part[0] not in _STOP or is_middle
        if at >= least and not is_more:
            break
        end = part.end()
    return end


def _capitals(words: str) -> Iterator[tuple[int, int]]:
    """Names that are known by their capitals, where she does not write everything in them."""
    if sum(char.isupper() for char in words) * 2 > sum(char.isalpha() for char in words):
        return
    shadow = _shadow(words)
    for run in _CAPITALISED.finditer(words):
        parts = [(run.start() + part.start(), part[0]) for part in re.finditer(r"\S+", run[0])]
        at = 0
        while at < len(parts):
            length = _name_length(shadow, parts, at)
            if length:
                first, last = parts[at], parts[at + length - 1]
                yield first[0], last[0] + len(last[1])
            at += length or 1


def _name_length(shadow: str, parts: list[tuple[int, str]], at: int) -> int:
    """How many words from here on are a person's name; 0 when it is none."""
    capitals = 0
    while at + capitals < len(parts) and _is_capitalised(parts[at + capitals][1]):
        capitals += 1
    if not capitals:
        return 0
    start, word = parts[at]
    folded = shadow[start : start + len(word)]
    if capitals > 1 and word in _FAMILIES and not _is_place(shadow, start):
        return min(capitals, 4)
    has_title = at > 0 and parts[at - 1][1] in _TITLE_WORDS
    if has_title and folded not in _OF_THE_UNION:
        return min(capitals, 4)
    return 0


def _is_capitalised(word: str) -> bool:
    return word[:1].isupper() and (len(word) == 1 or word[1:].islower())


def _is_place(shadow: str, start: int) -> bool:
    """Whether what begins here is the name of a place, by the word before it."""
    return re.search(rf"(?<![^\W_])(?:{_PLACE})[\s:,]+$", shadow[max(0, start - 16) : start]) is not None
