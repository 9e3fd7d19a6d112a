"""What the service does to text: normalising, folding, measuring and cutting it.

One place, because each of these is easily done almost right. Matching words to entries and units builds on `fold`
and lives with its subject.
"""

import re
import unicodedata
from collections.abc import Iterator

# Only these: dropping every combining mark would destroy Khmer vowels.
_MARKS = re.compile("[\u0300-\u036f]")
_KHMER_SPELLINGS = (
    (
        "\u17d2\u178a",
        "\u17d2\u178f",
    ),  # Below another letter DA and TA look the same: the word for husband is typed both ways.
    ("\u17b2", "\u17b1"),  # "Give, let": the older letter, the newer one, and as it sounds.
    ("អោយ", "\u17b1\u17d2\u1799"),
)
_CONTROLS = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_BORDERS = ("\n\n", "\n", ". ", "! ", "? ", "។ ", "។", "; ", ", ", " ", "\u200b")


def clean(text: str) -> str:
    """Normalise what a person typed: NFC, no control characters or halves of surrogate pairs, lines trimmed, runs of blanks made one.

    Khmer's zero-width space and joiners stay: they carry meaning. Bidirectional overrides are kept as typed; pages
    isolate them when they show a text.
    """
    text = _CONTROLS.sub("", unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n")).strip()


def fold(text: str) -> str:
    """Lower-case and without Vietnamese marks: "Đừng" and "dung" become one word.

    Khmer keeps its letters and signs, but what is one word written in two ways is brought to one of them.
    """
    folded = _bare(text)
    for written, as_one in _KHMER_SPELLINGS:
        folded = folded.replace(written, as_one)
    return folded


def has_marks(text: str) -> bool:
    """Whether the writer used Vietnamese marks, so that folding her text loses something."""
    return _bare(text) != text.casefold()


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed)).replace("đ", "d")


def squeeze(text: str) -> str:
    """Folded, with nothing but letters, digits and Khmer left: the form that whole-message keywords are compared in."""
    return "".join(c for c in fold(text) if c.isalnum() or unicodedata.category(c).startswith("M"))


def utf16_length(text: str) -> int:
    """How long platforms count a text: in UTF-16 units, an emoji mostly two (telegram.md 2.1, 2026-11)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, ending in an ellipsis where something was left out."""
    if utf16_length(text) <= limit:
        return text
    return _head(text, limit - 1).rstrip() + "…"


def split(text: str, limit: int) -> list[str]:
    """The text in parts of at most `limit` UTF-16 units, cut at the largest border found: paragraph, line, sentence, word.

    A run without any border (Khmer, a long number) is cut between characters, never inside a surrogate pair nor
    before a combining mark. Nothing but blanks at the cuts is lost; a blank text gives no part.
    """
    return list(_parts(text.strip(), limit))


def _parts(rest: str, limit: int) -> Iterator[str]:
    while rest:
        if utf16_length(rest) <= limit:
            yield rest
            return
        head = _head(rest, limit)
        head = head[: _border(head)]
        yield head.rstrip()
        rest = rest[len(head) :].lstrip()


def _border(head: str) -> int:
    for border in _BORDERS:
        at = head.rfind(border)
        if at >= len(head) // 3:  # A part of a few words would look like an accident.
            return at + len(border)
    return len(head)


def _head(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` UTF-16 units that does not part a letter from its marks."""
    units = 0
    end = len(text)
    for i, char in enumerate(text):
        units += 2 if ord(char) > 0xFFFF else 1
        if units > limit:
            end = i
            break
    keep = end
    while keep > 1 and keep < len(text) and _joins(text, keep):
        keep -= 1
    return text[: keep if keep > 1 else end]


def _joins(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it."""
    char, before = text[at], text[at - 1]
    return (
        unicodedata.category(char) in {"Mn", "Mc", "Me"}
        or "\u200d" in (char, before)
        or before == "\u17d2"  # Khmer coeng: the next consonant stands below the one before.
        or "\U0001f3fb" <= char <= "\U0001f3ff"
    )


_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng: the order of Vietnamese dictionaries.


def sort_key(text: str) -> str:
    """A key whose byte order is the Vietnamese alphabetical order: letters first, tones only between equal letters."""
    letters, tones = [], []
    for char in unicodedata.normalize("NFC", text.casefold()):
        decomposed = unicodedata.normalize("NFD", char)
        base = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
        at = _LETTERS.find(base)
        letters.append(chr(0x100 + at) if at >= 0 else base)
        tones.append(str(next((_TONES.index(c) + 1 for c in decomposed if c in _TONES), 0)))
    return "".join(letters) + "\x01" + "".join(tones)


def name_sort_key(full_name: str) -> str:
    """The key by which Vietnamese lists of people are ordered: by given name (the last word), then the rest."""
    words = full_name.split()
    return sort_key(" ".join([*words[-1:], *words[:-1]]))
