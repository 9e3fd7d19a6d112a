"""Finding the names of places in what a person typed, and the words that say what kind of place each is.

Whole names come first (the cover of the text that leaves the fewest letters over), then initials ("CLD"), then slips in
what is still left. A mention says how well it was read; what it means is decided elsewhere.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.people.unit_places import Gazetteer, Reading, Role
from bot.people.unit_spelling import Word, mark_signature

_KINDS = {
    "xa": "xã", "x": "xã",
    "phuong": "phường", "p": "phường", "f": "phường", "ph": "phường",
    "thitran": "thị trấn", "tt": "thị trấn", "ttr": "thị trấn",
    "huyen": "huyện", "h": "huyện",
    "thixa": "thị xã", "tx": "thị xã",
    "thanhpho": "thành phố", "tp": "thành phố",
    "quan": "quận", "q": "quận",
    "tinh": "tỉnh",
}  # fmt: skip
_HAMLET = {"ap", "khom", "khuvuc", "kv", "xom", "thon", "chihoi"}
_FILLER_WORDS = (
    "em chi toi tui minh con chau co chu bac di anh ba me ho nguoi nha que noi o ben tai trong thuoc la thi va voi cua "
    "cho duoc nay gio hien cu truoc kia moi dang tren duoi ngay gan song sinh ne nha nhe nhen nghen hen ha a ah ak da "
    "vang oi roi do day luon hoi lhpn phu nu vien to dia khong ko hong hok cam on xin chao goi ten sap nhap duong ma ve "
    "vo u uh cung den tu"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
_MAX_NAME_WORDS = 6
_MAX_HAMLET_WORDS = 3
_MIN_JOINED = 5


class Certainty(enum.IntEnum):
    INITIALS = 1
    SLIP = 2
    EXACT = 3


@dataclass(slots=True)
class Mention:
    start: int
    end: int
    readings: list[Reading]
    certainty: Certainty = Certainty.EXACT
    kind: str = ""  # The word before it: "xã", "huyện" ...
    key: str = ""
    is_hamlet: bool = False
    touches_unknown: bool = (
        False  # A word beside it may belong to the name of another place: "Tân Thạnh Phú".
    )


@dataclass(slots=True)
class Found:
    mentions: list[Mention]
    unread: list[Word] = field(default_factory=list)


def find_mentions(words: list[Word], gazetteer: Gazetteer) -> Found:
    mentions = _whole_names(words, gazetteer)
    kind_words = _give_kinds(words, mentions)
    mentions += list(_initials(words, mentions, kind_words, gazetteer))
    mentions += _slips(words, _taken(mentions) | kind_words, gazetteer)
    mentions.sort(key=lambda mention: mention.start)
    known = _give_kinds(words, mentions) | _taken(
        [mention for mention in mentions if _may_be_region(mention)]
    )
    known |= _hamlet_words(words, mentions)
    known |= {i for i, word in enumerate(words) if word.telex in _FILLERS or word.telex in _KINDS}
    for mention in mentions:
        _look_beside(mention, words, known, gazetteer)
    known |= _taken(mentions)
    return Found(mentions, [word for i, word in enumerate(words) if i not in known])


def _may_be_region(mention: Mention) -> bool:
    """Initials beside a name are known only as its district's or province's: "Trường Khánh An" is not An Ninh's "AN"."""
    return mention.certainty is not Certainty.INITIALS or any(
        reading.role in {Role.DISTRICT, Role.PROVINCE, Role.CITY} for reading in mention.readings
    )


def _taken(mentions: list[Mention]) -> set[int]:
    return {i for mention in mentions for i in range(mention.start, mention.end)}


def _whole_names(words: list[Word], gazetteer: Gazetteer) -> list[Mention]:
    """The cover of the words by names that reads most letters, in as few names as possible."""
    best: list[tuple[int, list[Mention]]] = [(0, [])] * (len(words) + 1)
    for start in range(len(words) - 1, -1, -1):
        best[start] = best[start + 1]
        for end in _windows(words, start):
            score, mentions = _read(words, start, end, gazetteer)
            if mentions and score + best[end][0] > best[start][0]:
                best[start] = (score + best[end][0], mentions + best[end][1])
    return best[0][1]


def _windows(words: list[Word], start: int) -> Iterator[int]:
    for end in range(start + 1, min(start + _MAX_NAME_WORDS, len(words)) + 1):
        if end - start > 1 and words[end - 1].starts_part:
            return
        yield end


def _read(words: list[Word], start: int, end: int, gazetteer: Gazetteer) -> tuple[int, list[Mention]]:
    part = words[start:end]
    key = "".join(word.key for word in part)
    if len(key) > 2 * gazetteer.longest:
        return 0, []
    readings = gazetteer.readings(key) or gazetteer.readings("".join(word.telex for word in part))
    if readings:
        return 2 * len(key) - 1, [Mention(start, end, _of_these_marks(part, readings), key=key)]
    joined = _joined(key, gazetteer) if end - start == 1 and len(key) >= _MIN_JOINED else []
    mentions = [Mention(start, end, gazetteer.readings(name), kind=kind, key=name) for kind, name in joined]
    return 2 * len(key) - len(joined), mentions


def _of_these_marks(part: list[Word], readings: list[Reading]) -> list[Reading]:
    """Typed with marks, "Vĩnh Thành" is not "Vĩnh Thạnh"; typed without, or with other marks, it may be either."""
    typed = mark_signature(" ".join(word.text for word in part))
    same = [reading for reading in readings if reading.is_stem or mark_signature(reading.name) == typed]
    return readings if all(reading.is_stem for reading in same) else same


def _joined(key: str, gazetteer: Gazetteer) -> list[tuple[str, str]]:
    """The names written together in one word, each with its kind: "xakean", "keankesach"."""
    options: list[list[tuple[str, str]] | None] = [None] * len(key) + [[]]
    for start in range(len(key) - 1, -1, -1):
        for end in range(len(key), start, -1):
            rest = options[end]
            name = _kind_and_name(key[start:end], gazetteer) if rest is not None else None
            if (
                name
                and rest is not None
                and (options[start] is None or len(rest) < len(options[start] or []))
            ):
                options[start] = [name, *rest]
    return options[0] or []


def _kind_and_name(key: str, gazetteer: Gazetteer) -> tuple[str, str] | None:
    if gazetteer.readings(key):
        return "", key
    for word, kind in _KINDS.items():
        if key.startswith(word) and gazetteer.readings(key[len(word) :]):
            return kind, key[len(word) :]
    return None


def _give_kinds(words: list[Word], mentions: list[Mention]) -> set[int]:
    """Sets each mention's kind by the words before it; the indexes of those words."""
    taken = _taken(mentions)
    used: set[int] = set()
    for mention in mentions:
        for count in (2, 1):
            before = range(mention.start - count, mention.start)
            if before.start < 0 or taken.intersection(before):
                continue
            key = "".join(words[i].telex for i in before)
            mention.is_hamlet = mention.is_hamlet or key in _HAMLET
            if key in _KINDS or key in _HAMLET:
                mention.kind = _KINDS.get(key, "")
                used.update(before)
                break
    return used


def _initials(
    words: list[Word], mentions: list[Mention], kind_words: set[int], gazetteer: Gazetteer
) -> Iterator[Mention]:
    taken = _taken(mentions) | kind_words
    for i, word in enumerate(words):
        readings = gazetteer.by_initials(word.key) if i not in taken and len(word.key) > 1 else []
        if readings and word.telex not in _FILLERS:
            yield Mention(i, i + 1, readings, Certainty.INITIALS, key=word.key)


def _slips(words: list[Word], taken: set[int], gazetteer: Gazetteer) -> Iterator[Mention]:
    start = 0
    while start < len(words):
        mention = None if start in taken else _slip_from(words, start, taken, gazetteer)
        if mention:
            yield mention
        start = mention.end if mention else start + 1


def _slip_from(words: list[Word], start: int, taken: set[int], gazetteer: Gazetteer) -> Mention | None:
    for end in reversed(list(_windows(words, start))):
        part = words[start:end]
        if taken.intersection(range(start, end)) or (
            part[0].telex in _FILLERS and part[-1].telex in _FILLERS
        ):
            continue
        names = _near(part, gazetteer)
        if names:
            readings = [reading for name in names for reading in gazetteer.readings(name)]
            return Mention(start, end, readings, Certainty.SLIP, key=names[0])
    return None


def _near(part: list[Word], gazetteer: Gazetteer) -> list[str]:
    if sum(len(word.key) for word in part) > gazetteer.longest + 1:
        return []
    return gazetteer.near([word.key for word in part]) or gazetteer.near([word.telex for word in part])


def _hamlet_words(words: list[Word], mentions: list[Mention]) -> set[int]:
    """The words of "ấp 3", "ấp Phước Hòa": they are not part of the commune's name."""
    stops = _taken([mention for mention in mentions if not mention.is_hamlet])
    found: set[int] = set()
    for i, word in enumerate(words):
        if word.key not in _HAMLET or i in stops:
            continue
        found.add(i)
        for j in range(i + 1, min(i + 1 + _MAX_HAMLET_WORDS, len(words))):
            if j in stops or words[j].starts_part or words[j].telex in _KINDS:
                break
            found.add(j)
    return found


def _look_beside(mention: Mention, words: list[Word], known: set[int], gazetteer: Gazetteer) -> None:
    """Notes an unknown word right beside a name, and what name it would be with that word and one slip."""
    start, end = mention.start, mention.end
    left = start > 0 and not words[start].starts_part and start - 1 not in known
    right = end < len(words) and not words[end].starts_part and end not in known
    mention.touches_unknown = left or right
    if mention.certainty is not Certainty.EXACT or not mention.touches_unknown:
        return
    wider = _near(words[start - left : end + right], gazetteer)
    readings = [
        reading
        for name in wider
        for reading in gazetteer.readings(name)
        if reading.role in {Role.CURRENT, Role.FORMER, Role.OUTSIDE}
    ]
    if readings and all(reading.is_stem for reading in mention.readings):
        # "lich hoi thuogn": the whole name with a slip says more than its beginning without.
        mention.start, mention.end = start - left, end + right
        mention.readings, mention.key, mention.certainty = readings, wider[0], Certainty.SLIP
        mention.touches_unknown = False
        return
    mention.readings = mention.readings + [reading for reading in readings if reading not in mention.readings]
