"""Hears a call for help that says nothing else: "cứu", "cuu voi", "cứu em với chị ơi".

The word alone says so little that no phrase can be made of it ("cứu trợ", "nghiên cứu"), and the classifier needs more than one
word. So it is heard only where every word of its clause belongs to the call.
"""

from collections.abc import Mapping, Sequence

from bot.answers.phrases import Ear, clauses_of, compile_phrase

_LONGEST = 10
"""Words; who calls for help does not go on so long without saying why."""


class Cry:
    """The words that call, and those that may stand beside them."""

    def __init__(
        self, calls: Sequence[str], beside: Sequence[str], spellings: Mapping[str, Sequence[str]]
    ) -> None:
        self.written = "|".join(calls)
        self._calls = frozenset(calls)
        self._all = self._calls | frozenset(beside)
        self._ear = Ear([compile_phrase(word, {}) for word in self._all], spellings)

    def is_heard_in(self, text: str) -> bool:
        """Whether one clause of the text is such a call."""
        words = self._ear.hear(text).words
        return any(
            len(clause) <= _LONGEST
            and all(words[at].may_be for at in clause)
            and any(words[at].may_be & self._calls for at in clause)
            for clause in clauses_of(text)
        )

    def is_all_of(self, text: str) -> bool:
        """Whether the text holds nothing else."""
        words = self._ear.hear(text).words
        return self.is_heard_in(text) and all(word.may_be for word in words)
