"""What keeps a text of an announcement from being sent, in sentences for the officer who writes it."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping

from bot import text as texts_of_people
from bot.languages import DEFAULT, NAMES
from broadcasts import markup
from broadcasts.content import Content
from broadcasts.merge_fields import WITHHELD
from broadcasts.message import FIELDS
from broadcasts.prepared import Prepared
from broadcasts.templates import blanks_of

_NEAR = 0.8  # A letter too many or too few; {{ten_chi_hoi}}, to be filled in from a template, is not meant to be {{chi_hoi}}.
_SINGLE = re.compile(r"\{\s*(\w+)\s*\}")


def faults(
    text: str,
    limit: int | None,
    _: Callable[[str], str],
    language: str = DEFAULT,
    *,
    local: Collection[str] = (),
    content: Content | None = None,
) -> list[str]:
    """One sentence for each; `limit` is the platform's, in UTF-16 units, `local` the names of the units' own fields."""
    if not texts_of_people.clean(text):
        return [_("Chưa có nội dung thông báo.")]
    marked = markup.parse(text)
    known = [*FIELDS, *(name for name in local if name not in WITHHELD)]
    gaps = gaps_of(text, local)
    found = [unfilled(gaps, _)] if gaps else []
    found += [
        _withheld(name, _) if name in WITHHELD else unknown_field(name, known, _)
        for name in dict.fromkeys(one.name for one in marked.fields)
        if name not in known and name not in gaps
    ]
    if "{{" in marked.words or "}}" in marked.words:
        found.append(_("Có dấu {{ hoặc }} chưa khép. Viết đủ như {{ten}}."))
    elif any(name in known for name in _SINGLE.findall(marked.words)):
        found.append(_("Ô điền tự động cần hai dấu ngoặc ở mỗi bên, như {{ten}}."))
    if "**" in marked.unclosed:
        found.append(_("Có dấu ** chưa khép. Chữ đậm viết **như vầy**, mở và khép trong cùng một dòng."))
    if "_" in marked.unclosed:
        found.append(_("Có dấu _ chưa khép. Chữ nghiêng viết _như vầy_, mở và khép trong cùng một dòng."))
    if "](" in marked.words:
        found.append(_("Có liên kết viết chưa đủ. Viết như [chữ hiện ra](https://trang-web.vn)."))
    prepared = Prepared({language: text}, content, dict.fromkeys(local, ""))
    longest = prepared.longest(language)
    if limit is not None and longest > limit:
        found.append(
            _(
                "Nội dung dài quá: có thể tới %(longest)d ký tự, kênh này chỉ nhận %(limit)d. Hãy rút ngắn lại."
            )
            % {"longest": longest, "limit": limit}
        )
    return found


def nearest_field(name: str, known: Collection[str]) -> str:
    """The merge field that was meant, as near as one can tell; empty where none is near."""
    written = "_".join(texts_of_people.fold(name).replace("_", " ").split())
    return next(iter(difflib.get_close_matches(written, known, 1, _NEAR)), "")


def gaps_of(text: str, local: Collection[str] = ()) -> list[str]:
    """What is left to be filled in of a template: no field that was mistyped, and none that may not be there."""
    known = [*FIELDS, *local]
    return [
        name for name in blanks_of(text, local) if name not in WITHHELD and not nearest_field(name, known)
    ]


def unfilled(gaps: Collection[str], _: Callable[[str], str]) -> str:
    """One sentence for all that is left to be filled in."""
    said = _("Còn chỗ chưa điền: %(blanks)s. Chị thay bằng lời của mình. Ô tự động có sẵn: %(known)s.")
    return said % {"blanks": _braced(gaps), "known": _braced(FIELDS)}


def _braced(names: Collection[str]) -> str:
    return ", ".join(f"{{{{{name}}}}}" for name in names)


def _withheld(name: str, _: Callable[[str], str]) -> str:
    said = _(
        "{{%(name)s}} là liên hệ của nơi tạm lánh: để giữ an toàn cho chị em, không ghi trong tin gửi nhiều người. Ai cần, trợ lý chỉ riêng cho chị ấy."
    )
    return said % {"name": name}


def unknown_field(name: str, known: Collection[str], _: Callable[[str], str]) -> str:
    """The sentence for a merge field that there is not, with the one that was meant."""
    if nearest := nearest_field(name, known):
        said = _("Không có ô điền tự động tên {{%(name)s}}. Có phải chị muốn viết {{%(nearest)s}}?")
        return said % {"name": name, "nearest": nearest}
    return _("Không có ô điền tự động tên {{%(name)s}}. Dùng được: %(known)s.") % {
        "name": name,
        "known": _braced(known),
    }


def faults_of_all(
    texts: Mapping[str, str],
    limit: int | None,
    _: Callable[[str], str],
    *,
    local: Collection[str] = (),
    content: Content | None = None,
) -> dict[str, list[str]]:
    """The faults of an announcement's texts by language, those of a second text too, without the languages that have none;
    Vietnamese must be there.
    """
    found: dict[str, list[str]] = {}
    for language in dict.fromkeys([DEFAULT, *texts]):
        if language not in NAMES:
            found[language] = [_("Không có ngôn ngữ này.")]
        elif of_text := faults(texts.get(language, ""), limit, _, language, local=local, content=content):
            found[language] = of_text
    for language, text in content.trial.texts.items() if content and content.trial else ():
        if of_text := faults(text, limit, _, language, local=local, content=content):
            found[language] = list(dict.fromkeys([*found.get(language, []), *of_text]))
    return found
