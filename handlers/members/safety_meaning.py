"""What a whole message means to somebody who was asked whether she is safe, whatever politeness stands round it.

A digit is meant by `Meant`; a wish that nobody near her home may know is heard inside a longer message as well.
"""

import re
from collections.abc import Iterable, Iterator
from enum import IntEnum
from itertools import product

from bot.keywords import Keywords
from bot.people.parsing import parse_digit
from bot.phone import parse_phone
from bot.text import clean, fold, has_marks
from handlers.members import short_words
from handlers.members.lying_ready import WISH
from handlers.members.small_talk import FAREWELL, HELLO, THANKS

_LONGEST = 80
_FEWEST_FIGURES = 2  # One alone is a digit of hers.
_POLITE = HELLO | THANKS | FAREWELL


class Meant(IntEnum):
    """Her digits."""

    CADRE = 0
    SAFE = 1
    UNSAFE = 2
    CALL = 3
    PAST_LOCAL = 4
    MISTAKEN = 5


def _phrases(*parts: Iterable[str]) -> Iterator[str]:
    return (" ".join(filter(None, said)) for said in product(*parts))


_WORDS = {
    Meant.CADRE: WISH,
    Meant.SAFE: Keywords(
        *_phrases(
            ("", "em", "tôi", "tui", "chị", "con", "mẹ con em", "mẹ con tôi", "mẹ con tui", "má con em", "má con tui"),
            ("", "đang", "đã", "vẫn", "giờ", "bây giờ", "hiện giờ", "giờ đã", "vẫn đang", "hiện đang"),
            ("an toàn", "ổn", "ở chỗ an toàn"),
            ("", "rồi"),
        ),
        *_phrases(("giờ", "bây giờ"), ("em", "tôi", "tui", "chị"), ("an toàn", "ổn"), ("", "rồi")),
        *_phrases(
            ("em", "tôi", "tui", "chị", "con", "mẹ con em", "mẹ con tui", "giờ", "giờ em", "giờ tui", "bây giờ em"),
            ("không sao", "hông sao", "hổng sao", "ko sao", "k sao"),
            ("", "rồi", "nữa", "nữa rồi", "hết", "hết rồi", "đâu"),
        ),
        *_phrases(("", "dạ"), ("không sao", "hông sao", "hổng sao", "ko sao"), ("rồi", "nữa rồi", "hết rồi")),
        "មានសុវត្ថិភាព", "មានសុវត្ថិភាពហើយ", "ខ្ញុំមានសុវត្ថិភាព", "ខ្ញុំមានសុវត្ថិភាពហើយ",
    ),
    Meant.UNSAFE: Keywords(
        "chưa", "dạ chưa", "chưa an toàn", "em chưa an toàn", "tui chưa an toàn", "tôi chưa an toàn", "không an toàn",
        "em không an toàn", "tui không an toàn", "tôi không an toàn", "hông an toàn", "ko an toàn", "không", "dạ không", "hông",
        "dạ hông", "ko", "chưa ổn", "không ổn", "hông ổn", "nguy hiểm", "đang nguy hiểm", "sợ", "sợ quá", "sợ lắm", "em sợ", "tui sợ",
        "em sợ quá", "tui sợ quá", "cứu", "cứu với", "មិនទាន់", "មិនទាន់ទេ", "ទេ", "គ្មានសុវត្ថិភាព", "មិនមានសុវត្ថិភាព", "ខ្លាច",
        "ខ្ញុំខ្លាច",
    ),
    Meant.CALL: Keywords(
        "gọi lại", "nhờ gọi lại", "gọi lại cho em", "gọi lại cho tui", "gọi lại cho tôi", "gọi lại cho chị", "gọi cho em",
        "gọi cho tui", "gọi cho tôi", "gọi em đi", "gọi tui đi", "nhờ cán bộ gọi lại", "cho cán bộ gọi em", "ទូរស័ព្ទមកខ្ញុំ",
    ),
    Meant.PAST_LOCAL: Keywords("không qua xã", "không qua ấp", "không qua cán bộ xã"),
    Meant.MISTAKEN: Keywords(
        *_phrases(("", "em", "tôi", "tui", "chị"), ("hiểu lầm", "hiểu sai"), ("rồi", "thôi", "rồi đó")),
        "lầm rồi", "nhầm rồi", "em nhầm rồi", "em lầm rồi", "hiểu lầm", "em hiểu lầm", "tôi hiểu lầm", "tui hiểu lầm", "nói giỡn", "giỡn thôi", "nói giỡn thôi", "nói chơi thôi",
        "không phải", "không phải vậy", "không phải đâu", "không phải vậy đâu", "hông phải", "hổng phải", "hông phải vậy",
        "đâu có", "đâu có đâu", "đâu phải", "đâu phải vậy", "không có chuyện đó", "không có chuyện đó đâu", "យល់ច្រឡំ", "មិនមែន", "មិនមែនទេ",
    ),
}  # fmt: skip
"""The digits in words, as whole messages."""

_SPELLED = {
    figure: Keywords(*(f"{before}{name}" for name in names for before in ("", "dạ ", "số ", "dạ số ", "chọn ", "bấm ")))
    for figure, names in ((1, ("một", "មួយ")), (2, ("hai", "ពីរ")), (3, ("ba", "បី")), (4, ("bốn", "បួន")), (5, ("năm", "ប្រាំ")))
}  # fmt: skip

_ONLY_WITH_MARKS = Keywords("đâu có", "đâu có đâu")
"""Typed bare it may be "đau cổ"."""

_BARE_NO = Keywords("không", "hông", "ko", "ទេ")
"""With thanks beside it, it declines; it says nothing of danger."""

_SAYS_NOTHING = Keywords(
    "dạ", "dạ em", "vâng", "dạ vâng", "ok", "oke", "ừ", "uh", "ừm", "có", "dạ có", "đúng", "đúng rồi", "dạ đúng", "phải",
    "dung", "rồi", "dạ rồi", "biết rồi", "được", "បាទ", "ចាស",
)  # fmt: skip
"""Politeness, or a yes to nobody knows what."""

_MISTAKE = Keywords(
    *_phrases(("", "em", "con", "tay", "máy"), ("gõ", "bấm", "nhắn", "gửi", "nói", "viết", "ghi"), ("nhầm", "lầm", "lộn")),
    "nhầm", "nhầm rồi", "nhầm người", "nhầm số", "nhầm máy", "lầm người", "lộn người", "lộn số", "lộn rồi", "giỡn", "nói giỡn", "giỡn chơi", "giỡn thôi",
    "nói chơi", "nói đùa", "đùa thôi", "đùa", "hiểu lầm", "ច្រឡំ", "យល់ច្រឡំ", "និយាយលេង",
)  # fmt: skip
_AROUND_MISTAKE = Keywords(
    "dạ", "ạ", "em", "e", "chị", "tôi", "tui", "con", "mình", "ơi", "xin lỗi", "sorry", "rồi", "thôi", "mà", "đó", "á", "nha", "nghen", "nhé", "hen",
    "hihi", "hehe", "haha", "máy", "tay", "tin", "tin đó", "câu đó", "câu hồi nãy", "lúc nãy", "hồi nãy", "không có gì", "không có gì đâu", "hông có gì",
    "hổng có gì", "không có chuyện gì", "không có chuyện gì đâu", "không sao", "không sao đâu", "có gì đâu", "chứ", "chớ", "cái", "thiệt", "thật ra",
)  # fmt: skip
"""Of these two, in any order and with at least one of the former, a whole message is made that says it was nothing."""

_NOTHING = Keywords(
    *_phrases(
        ("không", "hông", "hổng", "ko", "đâu"),
        ("có gì", "có chuyện gì", "có sao", "sao", "có việc gì"),
        ("", "đâu", "hết", "hết trơn", "cả", "nữa"),
    ),
    "có gì đâu", "có sao đâu", "có chuyện gì đâu", "គ្មានអីទេ", "មិនអីទេ",
)  # fmt: skip
_AROUND_NOTHING = _AROUND_MISTAKE | _MISTAKE
_LONGEST_PIECE = 5  # In words.

_NEAR = r"(?:xa|ap|phuong|khom|thon|dia phuong|hang xom|lang xom)"
_FEW = r"(?:\s+(?!nhung\b|ma\b|vi\b|cong an\b)\S+){0,4}?"
_KEEPS = re.compile(
    rf"\b(?:dung|khong muon|hong muon|ko muon|khoi)\b(?:\s+(?:co|muon|de|cho|ai|ai o))*\s+"
    rf"(?:(?:cho|de|lam){_FEW}\s+{_NEAR}(?:\s+\S+){{0,2}}?\s+(?:biet|hay|lo|nghe)\b"
    rf"|(?:noi|bao|ke|nhan|goi|thua|chuyen|qua|dua){_FEW}\s+{_NEAR}\b"
    rf"|{_NEAR}(?:\s+\S+)?\s+biet\b)"
    rf"|\bgiau\s+(?:can bo\s+)?{_NEAR}\b"
    r"|កុំប្រាប់\S*ឃុំ|កុំឲ្យ\S*ឃុំ\S*ដឹង"
)

_FROM_ALL = re.compile(
    r"\b(?:dung|khong muon|hong muon|ko muon|khoi)\b(?:\s+(?:co|cho|de|noi|ke|bao|nhan|voi))*\s+ai\b(?:\s+(?:khac|het))?(?:\s+(?:biet|hay|nghe|het)\b|\s*$)"
    r"|កុំប្រាប់អ្នកណា|កុំប្រាប់គេ"
)
"""Nobody at all: those near her least of all."""

_FORBIDS = re.compile(
    r"\b(?:ong|chong|ck|no|han|anh|thang|cha|ba|me|duong|chu|bac|cau|thay|ho|nguoi)\b(?:\s+\S+){0,3}?"
    r"\s+(?:keu|bat|doa|cam|noi|bieu|bao|hu|dan)\b(?:\s+\S+){0,3}$"
    r"|\b(?:keu|bat|doa|cam|noi|bieu|bao|hu|dan)\b(?:\s+(?:em|toi|tui|con|chau|la|rang|thi|phai))*$"
)
"""Just before it: it is his order, not her wish."""

_NOT_SAFE = re.compile(
    r"(?<!phai )\b(?:khong|ko|kg|k|hong|hok|hk|chua)(?: (?:duoc|thay|con|he))? an toan\b"
    r"|(?:មិន(?:ទាន់)?|គ្មាន|អត់)(?:មាន)?សុវត្ថិភាព"
)
"""Wherever it stands: "không biết có an toàn không" is none."""

_TIME = re.compile(
    r"\b(?:luc|khi|gio|sang|trua|chieu|khuya|dem|toi nay|toi mai|buoi|hom nay|ngay mai|ngay mot|mai|tuan|cuoi|thu|chu nhat|lien|bay gio|\d{1,2}\s*(?:h|g|gio)\d*)\b"
)
_CALLS_FOR_SOMEBODY = re.compile(
    r"\b(?:khong|ko|hong|hok|chua|chang|dau)(?: (?:co|thay|he))? ai (?:toi|den|qua|lai|ghe|xuong|ra|vo|giup|cuu)\b"
    r"|\b(?:can|cho|keu|cu|nho|xin|co) (?:nguoi|ai|can bo|cong an)(?: \S+){0,2}? (?:toi|den|qua|xuong|cuu)\b"
    r"|\b(?:toi|den|qua|xuong|cuu)(?: (?:em|tui|con|voi|giup|day|nha))* (?:lien|gap)\b"
    r"|\b(?:sao|chung nao|khi nao|bao gio)(?: \S+){0,3}? (?:chua|moi) (?:thay |co |ai )?(?:toi|den|qua)\b"
    r"|\bcuu (?:em|tui|toi|con|chau|me con)\b"
    r"|ជួយ(?:ខ្ញុំ|ផង)|គ្មានអ្នកណាមក"
)
"""She wants somebody to come, or nobody has: it says nothing by itself, but after a cry."""
_NO_WORD = re.compile(r"[,.;:!?/…~«»()\"'“”-]")
_BLANKS = re.compile("[\\s\u200b-\u200d\u2060]+")
_AROUND_NUMBER = re.compile(r"\+?\(?\d[\d\s.()\-–]{6,24}\d")


def meant(words: str) -> Meant | None:
    """Which digit a whole message means, said in words."""
    if len(words) > _LONGEST:
        return None
    if says_past_local(words):
        return Meant.PAST_LOCAL
    if _says_not_safe(words):
        return Meant.UNSAFE
    for said, is_thanked in _cores(words):
        for digit, keywords in _WORDS.items():
            if short_words.says(said, keywords):
                is_unsure = (is_thanked and short_words.says(said, _BARE_NO)) or (
                    short_words.says(said, _ONLY_WITH_MARKS) and not has_marks(said)
                )
                return None if is_unsure else digit
    return Meant.MISTAKEN if _is_made_of(words, _MISTAKE, _AROUND_MISTAKE) else None


def says_nothing_is_wrong(words: str) -> bool:
    """Whether it says nothing but that nothing is the matter."""
    return len(words) <= _LONGEST and _is_made_of(words, _NOTHING, _AROUND_NOTHING)


def _is_made_of(words: str, core: Keywords, around: Keywords) -> bool:
    """Whether nothing stands in it but these. "Ổng giỡn thôi" is not about her words, "đánh lộn" is no slip."""
    tokens = _NO_WORD.sub(" ", words).split()
    reached = {0: False}  # How far one can read in pieces, and whether one of the core is among them.
    for start in range(len(tokens)):
        if start not in reached:
            continue
        for end in range(start + 1, min(len(tokens), start + _LONGEST_PIECE) + 1):
            piece = " ".join(tokens[start:end])
            if piece in core:
                reached[end] = True
            elif piece in around:
                reached[end] = reached.get(end, False) or reached[start]
    return reached.get(len(tokens), False)


def digit(words: str, highest: int) -> int | None:
    """The digit that she typed, as a figure or spelled out."""
    spelled = next((figure for figure, names in _SPELLED.items() if words in names), None)
    return spelled if spelled is not None and spelled <= highest else parse_digit(words, highest)


def speaks_of_safety(words: str) -> bool:
    """Whether it means safe or not safe by itself, without having been asked."""
    return meant(words) in {Meant.SAFE, Meant.UNSAFE} and "an toan" in fold(words)


def declines(words: str) -> bool:
    """A bare no to something that she was asked for."""
    return short_words.says(words, short_words.NO)


def is_polite(words: str) -> bool:
    """Greetings and thanks, and nothing beside them."""
    return short_words.says(words, _POLITE)


def is_nothing_new(words: str) -> bool:
    """Politeness, a sign, or a yes to nobody knows what: what she was asked stays open."""
    return is_polite(words) or says_nothing(words)


def tries_a_number(words: str) -> bool:
    """Whether it looks like a telephone number, readable or not: figures, most of it."""
    figures, letters = sum(c.isdigit() for c in words), sum(c.isalpha() for c in words)
    return figures >= _FEWEST_FIGURES and figures > letters


def says_nothing(words: str) -> bool:
    """A sign, politeness, or a yes to nobody knows what: she is asked for a digit."""
    return words in _SAYS_NOTHING or not any(c.isalnum() for c in words)


def says_past_local(words: str) -> bool:
    """Whether she wants nobody near her home to know, wherever in her message it stands."""
    plain = " ".join(_NO_WORD.sub(" ", fold(clean(words))).split())
    wishes = [*_KEEPS.finditer(plain), *_FROM_ALL.finditer(plain)]
    return any(_FORBIDS.search(plain[: found.start()].rstrip()) is None for found in wishes)


def when_beside(words: str) -> str:
    """What stands beside the number that she typed, where it says when to call her; empty where it does not."""
    if parse_phone(words) is None:
        return ""
    rest = " ".join(_AROUND_NUMBER.sub(" ", words).split()).strip(" ,.;:-")
    return rest if says_when(rest) else ""


def calls_for_somebody(words: str) -> bool:
    """Whether she wants somebody to come, or says that nobody has."""
    return _CALLS_FOR_SOMEBODY.search(" ".join(_NO_WORD.sub(" ", fold(words)).split())) is not None


def says_when(words: str) -> bool:
    """Whether a time stands in it."""
    return _TIME.search(fold(words)) is not None


def _says_not_safe(words: str) -> bool:
    plain = " ".join(_NO_WORD.sub(" ", fold(words)).split())
    return _NOT_SAFE.search(plain) is not None or _NOT_SAFE.search(_BLANKS.sub("", plain)) is not None


def _cores(words: str) -> Iterator[tuple[str, bool]]:
    """The message, and then without greetings and thanks before or behind it; and whether any were left out."""
    yield words, False
    tokens = re.sub(r"[,.;:!…~]+", " ", words).split()
    count = len(tokens)
    for start in range(count):
        if start and not short_words.says(" ".join(tokens[:start]), _POLITE):
            continue
        for end in range(count, start, -1):
            behind = tokens[end:]
            if not behind or short_words.says(" ".join(behind), _POLITE):
                yield " ".join(tokens[start:end]), start > 0 or end < count
