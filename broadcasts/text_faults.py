"""What keeps a text of an announcement from being sent, in sentences for the officer who writes it."""

import re
from collections.abc import Callable, Collection, Mapping

from bot import text as texts_of_people
from bot.languages import DEFAULT, NAMES
from broadcasts import markup
from broadcasts.content import Content
from broadcasts.message import FIELDS, Prepared

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
    known = [*FIELDS, *local]
    listed = ", ".join(f"{{{{{name}}}}}" for name in known)
    found = [
        _("Không có ô điền tự động tên {{%(name)s}}. Dùng được: %(known)s.") % {"name": name, "known": listed}
        for name in dict.fromkeys(one.name for one in marked.fields)
        if name not in known
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
