"""How a syllable was meant: the keys of Telex undone, and a skeleton that is the same for what sounds the same.

Both work on letters without marks.
"""

import re

# After the first vowel no Vietnamese syllable has these letters: there they are Telex keys that stayed.
_AFTER_VOWEL = re.compile(r"^([^aeiouy]*[aeiouy])(.*)$")
_KEYS = re.compile("[sfrxjwz]")
_TWICE = re.compile(r"([aeo])\1+")

_SKELETON = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:gi(?=[aeou])|d|z|j)", "d"),
        (r"^ph", "f"),
        (r"^(?:qu|w)", "kw"),
        (r"^(?:k(?!h|w)|c(?!h)|q)", "k"),
        (r"^ngh", "ng"),
        (r"^gh", "g"),
        (r"^(?:tr)", "ch"),
        (r"^x", "s"),
        (r"(?:ng|nh|g)$", "n"),
        (r"(?:ch|c|k)$", "t"),
        (r"y", "i"),
        (r"(.)\1+", r"\1"),
        (r"(?<=i)e(?=.)", ""),
    )
)

_ONSET = "(?:ngh?|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnprstvx])?"
_RIME = (
    "(?:a(?:ch?|i|m|ng?|nh|o|p|t|u|y)?|e(?:c|m|ng?|nh|o|p|t|u)?|i(?:a|ch?|e[cmnptu]|eng|m|nh?|p|t|u)?"
    "|o(?:a(?:ch?|i|m|ng?|nh|o|p|t|y)?|c|e[not]?|i|m|n|ong|ng|p|t)?"
    "|u(?:a(?:n|ng|t|y)?|c|e(?:ch|n|nh)?|i|m|ng?|o(?:c|i|m|ng?|n|p|t|u)?|p|t|u|y(?:a|ch|en|et|nh?|t|u)?)?"
    "|y(?:ch|e[mntu])?)"
)
_SYLLABLE = re.compile(_ONSET + _RIME)


def is_syllable(letters: str) -> bool:
    """Whether the letters can be a syllable of Vietnamese, so that they are probably meant as they stand."""
    return _SYLLABLE.fullmatch(letters) is not None


def telex_undone(letters: str) -> str:
    """What Telex would have made of the keys, without marks: "tieengs" and "tieesng" are "tieng"."""
    parts = _AFTER_VOWEL.match(letters)
    if parts is None:
        return letters
    onset = "d" + parts[1][2:] if parts[1].startswith("dd") else parts[1]
    return _TWICE.sub(r"\1", onset + _KEYS.sub("", parts[2]))


def skeleton(letters: str) -> str:
    """One form for spellings that sound alike in the South or in chats: "fai" and "phai", "zay" and "giay" and "day"."""
    for pattern, sound in _SKELETON:
        letters = pattern.sub(sound, letters)
    return letters
