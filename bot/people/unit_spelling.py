"""How people spell the names of places on a phone: the words of a text, and the keys that two spellings share.

A key is a name folded and written together ("Kế Sách", "ke sach" and "kesach" are "kesach"). Three looser keys follow:
raw telex ("kees sachs"), Southern sounds ("Kế Xách"), and a slip of one letter.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bot.text import fold

MAX_WORDS = 40
_MAX_LETTERS = 1500  # Enough for a long sentence; what stands behind it does not name her commune.
_WORD = re.compile(r"(?P<word>[^\W\d_]+)|(?P<number>\d+)|(?P<border>[,;:!?\n()/\[\]|]|\s[-–—]\s)")
_VNI_MARK = re.compile(r"(?<=[a-zđ])[0-9]")
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_SPOKEN = {
    1: ("mot", "nhat", "nhut"), 2: ("hai", "nhi"), 3: ("ba",), 4: ("bon", "tu"), 5: ("nam",),
    6: ("sau",), 7: ("bay",), 8: ("tam",), 9: ("chin",), 10: ("muoi",),
}  # fmt: skip
_VOWELS = "aeiouy"
_TELEX_MARKS = str.maketrans("", "", "sfrxjwz")
_DOUBLED = re.compile(r"([aeo])\1+")
_LAST_Y = re.compile(r"(?<=[^aeiouy])y$")
_SOUTHERN_STARTS = (("tr", "ch"), ("gi", "d"), ("v", "d"), ("s", "x"), ("r", "g"))
_SOUTHERN_ENDS = (("ch", "t"), ("nh", "n"), ("ng", "n"), ("c", "t"))


@dataclass(frozen=True, slots=True)
class Word:
    text: str  # As typed, in small letters, with its marks.
    key: str  # Folded.
    telex: str  # Folded, read as raw telex.
    starts_part: bool  # A comma or the like stands before it.


def words(text: str) -> list[Word]:
    """The first words of a text, digits apart from letters ("P5" is two words)."""
    return list(_words(text))


def without_vni_marks(text: str) -> str:
    """Raw VNI ("Ke61 Sa1ch") without its digits: tried when the text read as it stands names no place."""
    return _VNI_MARK.sub("", text[:_MAX_LETTERS].casefold())


def _words(text: str) -> Iterator[Word]:
    starts_part = True
    count = 0
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text[:_MAX_LETTERS]).casefold()):
        if match["border"]:
            starts_part = True
            continue
        word = match[0]
        key = fold(word) if match["word"] else _plain_digits(word)
        if not key:
            continue
        yield Word(word, key, untelex(key) if key == word else key, starts_part)
        starts_part = False
        count += 1
        if count == MAX_WORDS:
            return


def _plain_digits(number: str) -> str:
    return "".join(str(unicodedata.digit(digit)) for digit in number).lstrip("0") or "0"


def key_of(name: str) -> str:
    return "".join(word.key for word in words(name))


def southern_key(keys: list[str]) -> str:
    """The key of words as they sound in the South: initial tr/ch, s/x, v/d/gi and final n/ng/nh, t/c/ch are one."""
    return "".join(map(_southern, keys))


def spellings(name: str) -> list[str]:
    """The keys under which a name is looked up: a number in it may be a digit, Roman or spoken ("Long Phú I", "hai"), "Mỹ" is "Mĩ"."""
    parts = [word.key for word in words(name)]
    either = [parts, [_LAST_Y.sub("i", part) for part in parts]] if parts else []
    keys = ["".join(spelt[:-1]) + last for spelt in either for last in _number_spellings(spelt[-1])]
    return list(dict.fromkeys(keys))


def _number_spellings(word: str) -> list[str]:
    number = int(word) if word.isdecimal() and len(word) < 3 else 0
    roman = [_ROMAN[number]] if 0 < number < len(_ROMAN) else []
    return [word, *roman, *_SPOKEN.get(number, ())]


def ward_spellings(number: str) -> list[str]:
    """The keys of a ward that has a number for a name: "Phường 5", "P5", "F.5", "phường số 5", "phường năm"."""
    short = [start + number for start in ("phuong", "p", "f", "ph", "phuongso", "fuong")]
    return short + [start + last for start in ("phuong", "p") for last in _number_spellings(number)[1:]]


def initials(name: str) -> str:
    return "".join(word.key[0] for word in words(name))


def mark_signature(text: str) -> tuple[str, ...]:
    """The marks of each word, wherever they were put in it: "Hòa" and "Hoà" are the same, "Thành" and "Thạnh" not."""
    parts = unicodedata.normalize("NFD", text.casefold()).split()
    return tuple("".join(sorted(c for c in part if unicodedata.combining(c) or c == "đ")) for part in parts)


def untelex(word: str) -> str:
    """A folded word without the letters that telex makes marks of: "sachs" -> "sach", "ddaij" -> "dai"."""
    vowel = next((i for i, letter in enumerate(word) if letter in _VOWELS or letter == "w"), None)
    if vowel is None:
        return word
    start = "d" if word[:vowel] == "dd" else word[:vowel]
    return start + _DOUBLED.sub(r"\1", word[vowel:].translate(_TELEX_MARKS))


def _southern(word: str) -> str:
    for sound, same in _SOUTHERN_STARTS:
        if word.startswith(sound):
            word = same + word[len(sound) :]
            break
    for sound, same in _SOUTHERN_ENDS:
        if word.endswith(sound) and len(word) > len(sound):
            word = word[: -len(sound)] + same
            break
    return word.replace("y", "i")


def deletions(key: str) -> set[str]:
    """The key itself and the key without any one letter: two keys of one slip share one of these."""
    return {key, *(key[:i] + key[i + 1 :] for i in range(len(key)))}


def is_one_slip(left: str, right: str) -> bool:
    """Whether one letter was added, left out, changed, or two neighbours were swapped."""
    if abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    a, b = left[start:], right[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[1::-1] == b[:2] and a[2:] == b[2:])


def bigrams(key: str) -> frozenset[str]:
    padded = f"^{key}$"
    return frozenset(padded[i : i + 2] for i in range(len(padded) - 1))
