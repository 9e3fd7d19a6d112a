"""The first words: who this is, that a machine answers, and that she can ask at once."""

from gettext import NullTranslations


def greeting(translations: NullTranslations, organisation: str) -> str:
    """What everyone is told first, before she has said anything."""
    return translations.gettext(
        "Chào chị! Em là Chị Hội, trợ lý tự động của {organisation}. Em là máy trả lời, không phải người thật; "
        "muốn gặp cán bộ, chị gõ 0.\n"
        "Chị cứ hỏi em ngay, có dấu hay không dấu đều được. Muốn ghi tên vào Hội, chị gõ DANGKY. "
        "Xem em giúp được gì, chị gõ MENU."
    ).format(organisation=organisation)
