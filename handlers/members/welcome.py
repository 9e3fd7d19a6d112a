"""The first words: who this is, that a machine answers, and that she can ask at once."""

from gettext import NullTranslations

_IN_KHMER = "បងចង់និយាយភាសាខ្មែរ សូមវាយ KHMER។"
"""For who does not read the Vietnamese around it: you want to speak Khmer, type KHMER. By machine, not yet read by a native speaker."""


def greeting(translations: NullTranslations, organisation: str, *, language: str) -> str:
    """What everyone is told first, before she has said anything, and how to be spoken to in the other language."""
    _ = translations.gettext
    said = _(
        "Chào chị! Em là Chị Hội, trợ lý tự động của {organisation}. Em là máy trả lời, không phải người thật; "
        "muốn gặp cán bộ, chị gõ 0.\n"
        "Chị cứ hỏi em ngay, có dấu hay không dấu đều được. Muốn ghi tên vào Hội, chị gõ DANGKY. "
        "Xem em giúp được gì, chị gõ MENU."
    ).format(organisation=organisation)
    other = from_khmer_back(translations) if language == "km" else _IN_KHMER
    return f"{said}\n{other}"


def from_khmer_back(translations: NullTranslations) -> str:
    """What who is spoken to in Khmer is to know of it."""
    return translations.gettext(
        "Bản tiếng Khmer do máy dịch, chưa có người duyệt. Muốn em nói tiếng Việt, chị gõ TIENGVIET."
    )
