"""The examples that the safety net's classifier is taught with: text files that people write, a sentence a line.

`[kind style]` above the lines says what they are: a kind of danger said plainly ("now") or in a roundabout way ("coded"), or
`[harmless]`. A blank line parts one situation from the next. `(a|b|c)` in a line is any of these, so that one line stands for
many sentences.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.errors import ContentError

_CHOICE = re.compile(r"\(([^()]*)\)")
_HEADING = re.compile(r"\[(?P<kind>[a-z_]+)(?: (?P<style>now|coded))?\]")
_HARMLESS = "harmless"


class AlarmKind(StrEnum):
    """The kinds of danger that are told apart."""

    VIOLENCE = "violence"
    SEXUAL = "sexual"
    CHILD = "child"
    SELF_HARM = "self_harm"
    TRAFFICKING = "trafficking"
    MEDICAL = "medical"
    THREAT = "threat"


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence; `kind` is None for a harmless one. Examples of one `situation` look alike."""

    text: str
    kind: AlarmKind | None
    is_coded: bool
    situation: str
    is_made: bool = False
    """Whether it was put together from a line with choices."""


def read_examples(folder: Path, *, most_made: int = 14) -> list[Example]:
    """All examples of a folder, the same in every run; raises ContentError where a file is not written as described.

    A line with choices gives as many sentences as its longest choice has parts, or `most_made` where that is more, so that
    each part is in one of them.
    """
    return [example for path in sorted(folder.glob("*.txt")) for example in _read(path, most_made)]


def _read(path: Path, most_made: int) -> Iterator[Example]:
    heading: re.Match[str] | None = None
    situation = 0
    for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        written = line.strip()
        if not written or written.startswith("#"):
            situation += 1
        elif written.startswith("["):
            heading = _HEADING.fullmatch(written)
            situation += 1
            if heading is None or not _is_whole(heading):
                raise ContentError([f"{path.name}, dòng {at}: tiêu đề viết không đúng: {written!r}"])
        elif heading is None:
            raise ContentError([f"{path.name}, dòng {at}: lời mẫu đứng trước tiêu đề [...]"])
        else:
            kind = None if heading["kind"] == _HARMLESS else AlarmKind(heading["kind"])
            made = _CHOICE.search(written) is not None
            place = f"{path.stem} {at if made else situation}"
            for text in _put_together(written, most_made) if made else [written]:
                yield Example(text, kind, heading["style"] == "coded", place, made)


def _is_whole(heading: re.Match[str]) -> bool:
    if heading["kind"] == _HARMLESS:
        return heading["style"] is None
    return heading["kind"] in set(AlarmKind) and heading["style"] is not None


def _put_together(written: str, most_made: int) -> list[str]:
    rng = random.Random(written)  # noqa: S311 - chooses examples, guards nothing
    parts = _CHOICE.split(written)
    slots = [part.split("|") if at % 2 else [part] for at, part in enumerate(parts)]
    orders = [rng.sample(slot, len(slot)) for slot in slots]
    count = max(most_made, *map(len, slots))
    texts = (" ".join("".join(_pick(order, at, rng) for order in orders).split()) for at in range(count))
    return list(dict.fromkeys(texts))


def _pick(order: list[str], at: int, rng: random.Random) -> str:
    """Each part once, then any."""
    return order[at] if at < len(order) else rng.choice(order)
