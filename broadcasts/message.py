"""The words of an announcement: merge fields, what is wrong with a text, and the text as one person gets it.

A text is parsed once and put together from its parts, so what stands in a member's row is only ever text: a member named
"{{xa}}" is greeted by just that.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot import text as texts_of_people
from bot.languages import DEFAULT, NAMES
from bot.text import utf16_length

FIELDS = {
    "ten": 40,  # Her given name, the last word of the full one.
    "ho_ten": 100,
    "xa": 100,  # Her commune or ward.
    "ap": 100,  # Her hamlet.
}
"""The merge fields and how many UTF-16 units of each are used at most, so that the longest message is known beforehand."""

STOP_LINES = {
    "vi": "Không muốn nhận tin nữa, chị gõ NGUNG.",
    # Made without a native speaker, not yet reviewed.
    "km": "បើមិនចង់ទទួលសារទៀតទេ សូមវាយ NGUNG។",
}
"""How to stop, in the language of the text and not of whoever looks at it: it is sent with it (Decree 91/2020)."""

# Where a member's row says nothing, the sentence around the field still has to read well.
_UNKNOWN = {
    "vi": {"ten": "chị", "ho_ten": "chị", "xa": "xã mình", "ap": "ấp mình"},
    "km": {"ten": "បងស្រី", "ho_ten": "បងស្រី", "xa": "ឃុំយើង", "ap": "ភូមិយើង"},
}

_FIELD = re.compile(r"\{\{([^{}]*)\}\}")
_SINGLE = re.compile(r"\{\s*(\w+)\s*\}")
_STOP_WORD = re.compile(r"\bngung\b", re.IGNORECASE)  # Unfolded: "ngừng họp" says nothing of stopping us.


@dataclass(frozen=True, slots=True)
class Person:
    """What merge fields are filled with."""

    full_name: str
    commune: str = ""
    hamlet: str = ""


class Template:
    """A text taken apart at its merge fields, to be put together for each person."""

    def __init__(self, text: str, language: str = DEFAULT) -> None:
        self._unknown = _UNKNOWN.get(language, _UNKNOWN[DEFAULT])
        # Literal, field, literal, field ... literal. What is no field of ours stands as it was written.
        self._parts: list[str] = [""]
        at = 0
        for match in _FIELD.finditer(text):
            if (name := match[1].strip()) in FIELDS:
                self._parts[-1] += text[at : match.start()]
                self._parts += [name, ""]
                at = match.end()
        self._parts[-1] += text[at:]

    def render(self, person: Person) -> str:
        if len(self._parts) == 1:
            return self._parts[0]
        words = person.full_name.split()
        values = {
            "ten": words[-1] if words else "",
            "ho_ten": person.full_name,
            "xa": person.commune,
            "ap": person.hamlet,
        }
        whole = self._parts.copy()
        for i in range(1, len(whole), 2):
            whole[i] = self._value(whole[i], values[whole[i]])
        return "".join(whole)

    def longest(self) -> int:
        """UTF-16 units of the longest message that can come of it."""
        return sum(utf16_length(part) for part in self._parts[::2]) + sum(
            FIELDS[name] for name in self._parts[1::2]
        )

    def _value(self, name: str, value: str) -> str:
        line = " ".join(texts_of_people.clean(value).split())
        return texts_of_people.cut(line, FIELDS[name]) if line else self._unknown[name]


def complete(text: str, language: str = DEFAULT) -> str:
    """The text as it is sent, fields aside: cleaned, and with the line that says how to stop if it does not say so."""
    text = texts_of_people.clean(text)
    if _STOP_WORD.search(text):
        return text
    return f"{text}\n\n{STOP_LINES.get(language, STOP_LINES[DEFAULT])}"


def render(text: str, person: Person, language: str = DEFAULT) -> str:
    """The text as this person gets it. For previews; a run keeps its `Template`."""
    return Template(complete(text, language), language).render(person)


def language_for(texts: Mapping[str, object], language: str) -> str:
    """The language that somebody who speaks `language` is written to in."""
    return language if language in texts else DEFAULT


def faults(text: str, limit: int | None, _: Callable[[str], str], language: str = DEFAULT) -> list[str]:
    """What keeps a text from being sent, one sentence each; `limit` is the platform's, in UTF-16 units."""
    if not texts_of_people.clean(text):
        return [_("Chưa có nội dung thông báo.")]
    known = ", ".join(f"{{{{{name}}}}}" for name in FIELDS)
    names = dict.fromkeys(match[1].strip() for match in _FIELD.finditer(text))
    found = [
        _("Không có ô điền tự động tên {{%(name)s}}. Dùng được: %(known)s.") % {"name": name, "known": known}
        for name in names
        if name not in FIELDS
    ]
    rest = _FIELD.sub(" ", text)
    if "{{" in rest or "}}" in rest:
        found.append(_("Có dấu {{ hoặc }} chưa khép. Viết đủ như {{ten}}."))
    elif any(name in FIELDS for name in _SINGLE.findall(rest)):
        found.append(_("Ô điền tự động cần hai dấu ngoặc ở mỗi bên, như {{ten}}."))
    longest = Template(complete(text, language), language).longest()
    if limit is not None and longest > limit:
        found.append(
            _(
                "Nội dung dài quá: có thể tới %(longest)d ký tự, kênh này chỉ nhận %(limit)d. Hãy rút ngắn lại."
            )
            % {"longest": longest, "limit": limit}
        )
    return found


def faults_of_all(
    texts: Mapping[str, str], limit: int | None, _: Callable[[str], str]
) -> dict[str, list[str]]:
    """The faults of an announcement's texts by language, without the languages that have none; Vietnamese must be there."""
    found: dict[str, list[str]] = {}
    for language in dict.fromkeys([DEFAULT, *texts]):
        if language not in NAMES:
            found[language] = [_("Không có ngôn ngữ này.")]
        elif of_text := faults(texts.get(language, ""), limit, _, language):
            found[language] = of_text
    return found
