"""From what a member types to the unit she lives in: one sure unit, a numbered choice, or nothing found.

She types old names, without marks, with slips; the map changed in 2025 and many names now mean another place. So this
search never picks the likeliest: a unit is *sure* only if every reading of her words leads to it. A name may be read
as a unit of today, a merged unit, a former district, or a place elsewhere in the city; a second name in the text
("Kế An, Kế Sách") keeps the readings that it agrees with; a kind ("thị trấn ...") keeps those of that kind. What is
left decides: one unit is the answer, several are asked about.

Even a single unit is asked about when it was read from initials or a slip in a short name, from a name cut short ("An
Thạnh" for "An Thạnh 3"), from a hamlet's name, beside an unknown word, or out of a long sentence.

Order of a choice: units of today that bear the name, then merged ones, names cut short, the rest of the former
district, and last the places that are not ours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from bot.people import unit_spelling
from bot.people.outside_units import OutsideUnit
from bot.people.unit_mentions import Certainty, Mention, find_mentions
from bot.people.unit_places import Gazetteer, Place, Reading, Role, SearchableUnit

MOST_CHOICES = 8
_NEAREST = 5
_LOOSE_WORDS = 2


class ChoiceKind(Enum):
    UNIT = "unit"
    OUTSIDE = "outside"  # Not in our list: she belongs to the city.
    RETYPE = "retype"  # She named the whole province: ask for her commune again.


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a numbered choice. `code` is None unless the kind is UNIT."""

    code: str | None
    label: str
    kind: ChoiceKind = ChoiceKind.UNIT


@dataclass(frozen=True, slots=True)
class Found:
    code: str


@dataclass(frozen=True, slots=True)
class Several:
    """To be asked about, the likeliest first; there may be only one, to be confirmed."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    nearest: tuple[Choice, ...] = ()


UnitAnswer = Found | Several | NotFound


@dataclass(frozen=True, slots=True)
class _Candidate:
    reading: Reading
    mention: Mention
    support: int = 0  # How closely the other names of the text agree.


class UnitSearch:
    """Read-only once built: build it again when the units change."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    @classmethod
    def build(cls, units: Iterable[SearchableUnit], *, outside: Iterable[OutsideUnit]) -> "UnitSearch":
        """Wards and communes can be found; the city's own row must be among the units, for the regions' names.

        `outside` are the city's other places: see `read_outside_units`.
        """
        return cls(Gazetteer(units, outside))

    def find(self, text: str) -> UnitAnswer:
        """Any text will do; only its beginning is read."""
        answer = self._find(text)
        if isinstance(answer, NotFound):
            plain = unit_spelling.without_vni_marks(text)
            again = self._find(plain) if plain != text.casefold() else answer
            answer = answer if isinstance(again, NotFound) else again
        return answer

    def label(self, code: str) -> str:
        """How a unit is called in a choice, with what it was made from."""
        return _label(self._gazetteer.places[code], ())

    def _find(self, text: str) -> UnitAnswer:
        found = find_mentions(unit_spelling.words(text), self._gazetteer)
        mentions = _worth_reading(found.mentions, unread=len(found.unread))
        candidates = _agreeing(mentions)
        agreed = bool(candidates)
        if not agreed:
            candidates = [
                _Candidate(reading, mention) for mention in mentions for reading in _fitting(mention)
            ]
        choices = self._choices(candidates)
        if all(choice.kind is ChoiceKind.RETYPE for choice in choices):
            return self._not_found("".join(word.key for word in found.unread))
        code = choices[0].code
        if (
            agreed
            and len(choices) == 1
            and code
            and self._is_sure(candidates, mentions, unread=len(found.unread))
        ):
            return Found(code)
        return Several(tuple(choices))

    def _is_sure(self, candidates: list[_Candidate], mentions: list[Mention], *, unread: int) -> bool:
        return any(
            not candidate.reading.is_stem
            and self._is_well_read(candidate.mention, has_support=candidate.support > 1)
            and (unread <= _LOOSE_WORDS or bool(candidate.mention.kind) or len(mentions) > 1)
            for candidate in candidates
        )

    def _is_well_read(self, mention: Mention, *, has_support: bool) -> bool:
        if mention.is_hamlet or mention.certainty is Certainty.INITIALS:
            return False
        if has_support:
            return True
        is_clear = mention.certainty is Certainty.EXACT or self._gazetteer.is_unmistakable(mention.key)
        return is_clear and not mention.touches_unknown

    def _not_found(self, key: str) -> NotFound:
        near = self._gazetteer.similar(key, 3 * _NEAREST) if key else []
        codes = dict.fromkeys(reading.codes[0] for reading in near)
        choices = [
            Choice(code, self._label(code, [reading for reading in near if code in reading.codes]))
            for code in codes
        ]
        return NotFound(tuple(choices[:_NEAREST]))

    def _choices(self, candidates: list[_Candidate]) -> list[Choice]:
        ranked = sorted(candidates, key=lambda candidate: _rank(candidate.reading))
        by_code: dict[str, list[Reading]] = {}
        for candidate in ranked:
            if candidate.reading.role <= Role.DISTRICT:
                for code in candidate.reading.codes:
                    by_code.setdefault(code, []).append(candidate.reading)
        units = [Choice(code, self._label(code, readings)) for code, readings in by_code.items()]
        readings = [candidate.reading for candidate in ranked]
        others = [*self._outside_choice(readings), *self._retype_choice(readings)]
        return units[: MOST_CHOICES - len(others)] + others

    def _outside_choice(self, readings: list[Reading]) -> list[Choice]:
        outside = [reading for reading in readings if reading.role in {Role.OUTSIDE, Role.CITY}]
        if not outside:
            return []
        names = {
            f"{reading.kind.capitalize()} {reading.name} ở nơi khác"
            for reading in outside
            if reading.role is Role.OUTSIDE
        }
        subject = names.pop() if len(names) == 1 else "Nơi khác"
        where = f" trong {self._gazetteer.city}" if self._gazetteer.city else ""
        but = f" (không thuộc {self._gazetteer.province} cũ)" if self._gazetteer.province else ""
        return [Choice(None, f"{subject}{where}{but}", ChoiceKind.OUTSIDE)]

    def _retype_choice(self, readings: list[Reading]) -> list[Choice]:
        if all(reading.role not in {Role.PROVINCE, Role.CITY} for reading in readings):
            return []
        where = f" thuộc {self._gazetteer.province} cũ" if self._gazetteer.province else ""
        return [Choice(None, f"Xã, phường khác{where} (chị gõ tên xã, phường)", ChoiceKind.RETYPE)]

    def _label(self, code: str, readings: list[Reading]) -> str:
        is_named = any(reading.role is Role.CURRENT and not reading.is_stem for reading in readings)
        formers = () if is_named else tuple(reading.former for reading in readings if reading.former)
        return _label(self._gazetteer.places[code], formers)


def _label(place: Place, formers: tuple[object, ...]) -> str:
    """Says why: "Xã Mỹ Hương (gồm xã Thuận Hưng, huyện Mỹ Tú cũ)"; without chosen former names, all of them."""
    named = [former for former in place.former_names if former in formers]
    districts = dict.fromkeys(former.district for former in named)
    parts = [str(former) for former in named or place.former_names]
    if named:
        parts = [
            ", ".join([*(str(former) for former in named if former.district == district), district])
            for district in districts
        ]
    elif len(parts) < 2:  # It was left as it was.
        return place.name
    return f"{place.name} (gồm {', '.join(parts)} cũ)"


def _rank(reading: Reading) -> tuple[bool, bool, bool, Role]:
    return reading.role is Role.DISTRICT, reading.is_stem, reading.role is Role.OUTSIDE, reading.role


def _worth_reading(mentions: list[Mention], *, unread: int) -> list[Mention]:
    """Without hamlets beside real places, and without initials that only happen to be there."""
    named = [mention for mention in mentions if mention.certainty is not Certainty.INITIALS]
    places = [mention for mention in named if not mention.is_hamlet]
    if places or named:
        return _with_initials(places or named, mentions)
    return mentions[:1] if unread == 0 and len(mentions) == 1 else []


def _with_initials(named: list[Mention], mentions: list[Mention]) -> list[Mention]:
    """Initials may stand for the district ("P5 ST"); where they contradict, they were some other word."""
    for mention in mentions:
        if mention.certainty is Certainty.INITIALS and _agreeing([*named, mention]):
            named = [*named, mention]
    return named


def _fitting(mention: Mention) -> list[Reading]:
    """The readings that fit the kind she typed; all of them if none does."""
    if not mention.kind:
        return mention.readings
    ours = [
        r for r in mention.readings if r.kind == mention.kind and not r.is_stem and r.role is not Role.OUTSIDE
    ]
    if not ours:
        return mention.readings
    if any(reading.role is Role.CURRENT for reading in ours):
        return ours
    # People mix up what kind a place elsewhere is, so a kind alone does not exclude it.
    return ours + [r for r in mention.readings if r.role is Role.OUTSIDE and not r.is_stem]


def _agreeing(mentions: list[Mention]) -> list[_Candidate]:
    """The readings of each mention that all other mentions agree with."""
    candidates = []
    for mention in mentions:
        if mention.certainty is Certainty.INITIALS and len(mentions) > 1:
            continue
        others = [other for other in mentions if other is not mention]
        of_mention = []
        for reading in _fitting(mention):
            supports = [max((_support(reading, r) for r in _context(other)), default=0) for other in others]
            if all(supports):
                of_mention.append(_Candidate(reading, mention, sum(supports)))
        candidates += _closest(of_mention)
    return candidates


def _context(mention: Mention) -> list[Reading]:
    readings = [reading for reading in _fitting(mention) if not reading.is_stem]
    ours = [reading for reading in readings if reading.role is not Role.OUTSIDE]
    return ours or readings


def _closest(candidates: list[_Candidate]) -> list[_Candidate]:
    """Of merged units of one name, those of the district named: "phường 1 Sóc Trăng" is in the town, not the province."""
    formers = [c.support for c in candidates if c.reading.role is Role.FORMER and not c.reading.is_stem]
    best = max(formers, default=0)
    return [
        c for c in candidates if c.reading.role is not Role.FORMER or c.support >= best or c.reading.is_stem
    ]


def _support(reading: Reading, context: Reading) -> int:
    """How well another name of the text agrees: 2 names the place or its district, 1 a wider place, 0 contradicts."""
    if context.role is Role.CITY:
        return int(reading.role is not Role.CITY)
    if context.role is Role.PROVINCE:
        return int(reading.role in {Role.CURRENT, Role.FORMER, Role.DISTRICT})
    if reading.role is Role.OUTSIDE or context.role is Role.OUTSIDE:
        return int(reading.role is context.role)
    if reading.role not in {Role.CURRENT, Role.FORMER} or not set(reading.codes) & set(context.codes):
        return 0
    if context.role is Role.DISTRICT and reading.former:
        return 2 if reading.former.district.endswith(context.name) else 1
    return 2
