"""Words that mean something as a whole message, compared the way people type: with marks, without, with blanks or not.

Folding makes different words one: "thoi" may be "thôi" or, from a hamlet's name, "thới". Where she typed marks, they
count; a letter that she left bare stands for every letter it may be.
"""

from collections.abc import Iterable, Iterator

from bot.text import clean, fold, squeeze

_LONGEST = 60  # No keyword is longer; a longer text is not even folded.


class Keywords:
    """A set of words spelled with their marks; `"THOI" in Keywords("thôi")`, but not `"thới"`."""

    def __init__(self, *spelled: str) -> None:
        self._spelled = spelled
        self._by_folded: dict[str, list[str]] = {}
        for word in spelled:
            self._by_folded.setdefault(squeeze(word), []).append(letters(word))

    def __contains__(self, typed: object) -> bool:
        if not isinstance(typed, str) or len(typed) > _LONGEST:
            return False
        word = letters(typed)
        return any(_may_be(word, spelled) for spelled in self._by_folded.get(squeeze(typed), ()))

    def __iter__(self) -> Iterator[str]:
        return iter(self._spelled)

    def __or__(self, other: Iterable[str]) -> "Keywords":
        return Keywords(*self, *other)


def letters(words: str) -> str:
    """Lower-case, with marks, nothing but letters and digits."""
    return "".join(c for c in clean(words).casefold() if c.isalnum())


def _may_be(typed: str, spelled: str) -> bool:
    return len(typed) == len(spelled) and all(
        mine in {theirs, fold(theirs)} for mine, theirs in zip(typed, spelled, strict=True)
    )
