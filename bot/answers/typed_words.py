"""Whether a word as typed may be the word that was meant.

Members leave marks out, put some of them, slip in Telex, or miss a letter. Marks that are there must agree with the
word meant; marks that are missing say nothing. So "chong" and "chông" may be "chồng", and "chống" may not.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# The hook and the tilde sound alike in the South and are mixed up in writing: one tone here.
_TONES = {"\u0300": "\u0300", "\u0301": "\u0301", "\u0303": "\u0309", "\u0309": "\u0309", "\u0323": "\u0323"}
_SHAPES = {"\u0302", "\u0306", "\u031b"}  # circumflex, breve, horn

_ONSET = "(?:ngh?|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnprstvx])?"
_RIME = (
    "(?:a(?:ch?|i|m|ng?|nh|o|p|t|u|y)?|e(?:c|m|ng?|nh|o|p|t|u)?|i(?:a|ch?|e[cmnptu]|eng|m|nh?|p|t|u)?"
    "|o(?:a(?:ch?|i|m|ng?|nh|o|p|t|y)?|c|e[not]?|i|m|n|ong|ng|p|t)?"
    "|u(?:a(?:n|ng|t|y)?|c|e(?:ch|n|nh)?|i|m|ng?|o(?:c|i|m|ng?|p|t|u)?|p|t|u|y(?:a|ch|en|et|nh?|t|u)?)?"
    "|y(?:ch|e[mntu])?)"
)
_SYLLABLE = re.compile(_ONSET + _RIME)
_TELEX_SHAPES = re.compile("w|(?<=a)a|(?<=e)e|(?<=o)o|(?<=d)d")
_LEAST_FOR_TYPO = 4  # Shorter words have too many neighbours.


@dataclass(frozen=True)
class Word:
    """A word taken apart: plain letters, the shape mark over each (or ""), and the tone of the whole (or "")."""

    letters: str
    shapes: tuple[str, ...]
    tone: str

    @property
    def has_marks(self) -> bool:
        return bool(self.tone) or any(self.shapes)

    def may_be(self, meant: "Word") -> bool:
        """Whether this typed word may stand for the one meant."""
        if self.letters == meant.letters:
            return self.tone in ("", meant.tone) and all(
                mine in ("", theirs) for mine, theirs in zip(self.shapes, meant.shapes, strict=True)
            )
        return not self.is_syllable and self._is_slip_of(meant.letters)

    @property
    def is_syllable(self) -> bool:
        """Whether the letters are a syllable of Vietnamese: then they are taken as written, not as a slip."""
        return _SYLLABLE.fullmatch(self.letters) is not None

    def _is_slip_of(self, letters: str) -> bool:
        """Telex keys left standing ("ddanhs"), or one letter wrong, missing, too many or changed places."""
        if _telex_undone(self.letters) == letters:
            return True
        return len(letters) >= _LEAST_FOR_TYPO and _is_one_edit_away(self.letters, letters)


@lru_cache(maxsize=4096)
def take_apart(word: str) -> Word:
    letters: list[str] = []
    shapes: list[str] = []
    tone = ""
    for char in unicodedata.normalize("NFD", word.casefold()):
        if char in _TONES:
            tone = _TONES[char]
        elif char in _SHAPES and shapes:
            shapes[-1] = char
        elif char == "đ":
            letters.append("d")
            shapes.append("đ")
        else:
            letters.append(char)
            shapes.append("")
    return Word("".join(letters), tuple(shapes), tone)


def _telex_undone(letters: str) -> str:
    without_tone = letters[:-1] if letters[-1:] in {"s", "f", "r", "x", "j"} else letters
    return _TELEX_SHAPES.sub("", without_tone)


def _is_one_edit_away(typed: str, meant: str) -> bool:
    if abs(len(typed) - len(meant)) > 1:
        return False
    at = 0
    while at < min(len(typed), len(meant)) and typed[at] == meant[at]:
        at += 1
    rest, wanted = typed[at:], meant[at:]
    return (
        rest[1:] == wanted
        or rest == wanted[1:]
        or rest[1:] == wanted[1:]
        or (len(rest) > 1 and rest[1::-1] + rest[2:] == wanted)
    )
