"""A message as the words the matcher compares: folded, with the spelling that had marks kept beside, Khmer in whole runs.

Look-alike letters of other alphabets, full-width letters and invisible characters come from copied texts and odd
keyboards; they are undone first, so that they neither hide a word nor break it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.text import fold

KHMER = "\u1780-\u17d3\u17dc\u17dd\u17e0-\u17e9"
"""Khmer letters, vowels, signs and digits, as the inside of a character class; no punctuation."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff\ud800-\udfff]"
)
_KHMER_GAP = re.compile(rf"(?<=[{KHMER}])\s+(?=[{KHMER}])")
_WORD = re.compile(rf"(?P<khmer>[{KHMER}]+)|(?:(?![{KHMER}])[^\W_])(?:(?![{KHMER}])[^\W_]|[\u0300-\u036f])*")
_LOOK_ALIKES = str.maketrans(
    "авеёкмнорстухіјѕԁһӏԛԝ" + "αβεηικνορτυχγ" + "ɑɡı",
    "abeekmhopctyxijsdhlqw" + "abenikvoptuxy" + "agi",
)
_LATIN = re.compile("[a-zđ]")
_OTHER_ALPHABET = re.compile("[\u0370-\u03ff\u0400-\u052f]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared. `marked` is its spelling with marks, empty where it was typed without any."""

    plain: str
    marked: str = ""
    is_khmer: bool = False


def tidy(raw: str) -> str:
    """The text in one form of writing: composed, lower-case, without invisible characters or foreign look-alikes."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", raw)).casefold()
    text = unicodedata.normalize("NFC", text)
    apart = unicodedata.normalize("NFD", text)
    if _OTHER_ALPHABET.search(apart) and _LATIN.search(apart):
        # Only beside Latin letters: a text that is Russian or Greek throughout stays what it is.
        text = unicodedata.normalize("NFC", apart.translate(_LOOK_ALIKES))
    return _KHMER_GAP.sub("", text)


def read_words(tidied: str) -> list[Word]:
    """The words of a text that `tidy` has put in order."""
    return [_word(found.group(), bool(found["khmer"])) for found in _WORD.finditer(tidied)]


@lru_cache(maxsize=8192)
def _word(typed: str, is_khmer: bool) -> Word:
    """The same few thousand syllables come again and again."""
    if is_khmer:
        return Word(fold(typed), is_khmer=True)
    plain = fold(typed)
    return Word(plain, typed if plain != typed else "")
