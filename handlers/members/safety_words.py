"""What a woman in danger reads, sentence by sentence, and where her chat stands meanwhile.

The one she is afraid of may read along: no sentence names what happened or what she wrote, and on a quiet phone none says that
anything did. How it is said says `safety_voice`.
"""

from collections.abc import Sequence
from enum import StrEnum

from bot.answers.safety import AlarmKind, SafetyHit
from bot.channels.contract import Choice
from bot.phone import mask_phone
from handlers.members.safety_voice import Gettext, Voice

FLOW = "safety"
"""She was asked whether she is safe. Its data: the alert, and what lies ready for a cadre."""


class Step(StrEnum):
    SAFE = "safe"  # Whether she is, or what else she wants.
    PHONE = "phone"  # Which number to call.
    WHEN = "when"  # And when.
    PLACE = "place"  # Which of several places of one name is hers.


def choices(_: Gettext, *, is_doubted: bool, is_quiet: bool) -> tuple[Choice, ...]:
    """What her buttons say."""
    labels = (
        [_("Ổn"), _("Chưa ổn"), _("Gọi lại"), _("Không qua xã"), _("Gặp cán bộ")]
        if is_quiet
        else [_("An toàn"), _("Chưa an toàn"), _("Nhờ gọi lại"), _("Không qua xã"), _("Nhắn cán bộ")]
    )
    last = [Choice("5", _("Không phải"))] if is_doubted else []
    return (*map(Choice, "12340", labels), *last)


def at_once(
    _: Voice,
    hit: SafetyHit,
    *,
    near: Sequence[str] = (),
    is_doubted: bool,
    is_quiet: bool = False,
    is_told: bool = True,
    kept: str = "",
    where: str = "",
) -> str:
    """The first that she reads: calm and short, gentle where it only sounded like danger (`is_doubted`).

    `near` are numbers near her, `kept` that nobody there is told, where she wished it, `where` about her place.
    """
    if is_quiet:
        return quiet_first(_, near=near, is_doubted=is_doubted, where=where)
    numbers = "\n".join([doubt(_) if is_doubted else _.advice(hit), *near])
    return _first(_, numbers=numbers, is_doubted=is_doubted, is_told=is_told, kept=kept, where=where)


def _first(_: Gettext, *, numbers: str, is_doubted: bool, is_told: bool, kept: str, where: str) -> str:
    if is_doubted:
        told = _(
            "Nếu không phải vậy, chị gõ 5, em trả lời câu chị nhắn. Chị không nhắn lại thì lát nữa em nhờ cán bộ trực của Hội hỏi thăm chị."
        )
        past_local = _("4 = đừng cho cán bộ xã, ấp biết")
    else:
        told = (
            _("Em có báo cán bộ trực của Hội để giúp chị, chỉ người trực được biết.")
            if is_told
            else _(
                "Giờ này em chưa gặp được cán bộ trực, em còn báo tiếp. Chị đừng đợi, gọi liền các số trên nghen."
            )
        )
        past_local = _("4 = đừng để cán bộ xã, ấp lo việc này")
    lines = [
        numbers,
        "",
        told,
        *([kept] if kept else []),
        *([where] if where else []),
        _("Chị có đang an toàn không? Chị gõ một số:"),
        _("1 = an toàn"),
        _("2 = chưa an toàn"),
        _("3 = nhờ cán bộ gọi lại"),
        *([] if kept else [past_local]),
        *([_("5 = không phải vậy")] if is_doubted else []),
        _("0 = nhắn với cán bộ"),
        _("Sợ có người coi máy, chị gõ KIN."),
    ]
    return "\n".join(lines)


def doubt(_: Gettext) -> str:
    """Where it only sounded like danger: no accusation, and every number that is certain."""
    return _(
        "Dạ, em đọc tin mà thấy lo, không biết chị hay ai bên cạnh có đang gặp chuyện không yên. Nếu có, chị đừng đợi: gọi 113 (công an), 115 (cấp cứu), 111 (trẻ em, miễn phí)."
    )


def quiet_first(_: Gettext, *, near: Sequence[str], is_doubted: bool, where: str) -> str:
    """The same for a phone that others read."""
    lines = [
        _("Các số cần có trong máy: 113, 115, 111 (miễn phí)."),
        *near,
        *([where] if where else []),
        short_digits(_, is_doubted=is_doubted, is_quiet=True),
    ]
    return "\n".join(lines)


def again(_: Gettext, *, is_doubted: bool, kept: str, where: str) -> str:
    """She writes more of it: what she has read already is not said once more, but for the numbers."""
    said = _(
        "Dạ, em ghi thêm lời chị rồi. Đang nguy hiểm, chị gọi liền 113 (công an), 115 (cấp cứu), 111 (trẻ em, miễn phí)."
    )
    digits = short_digits(_, is_doubted=is_doubted, is_quiet=False)
    return "\n".join([said, *([kept] if kept else []), *([where] if where else []), digits])


def ask_again(_: Gettext, *, is_doubted: bool, is_quiet: bool) -> str:
    """She said something that means neither."""
    digits = short_digits(_, is_doubted=is_doubted, is_quiet=is_quiet)
    return digits if is_quiet else "\n".join([_("Chị có đang an toàn không?"), digits])


def short_digits(_: Gettext, *, is_doubted: bool, is_quiet: bool) -> str:
    if is_quiet and is_doubted:
        return _(
            "Chị gõ: 1 = ổn, 2 = chưa ổn, 3 = gọi lại cho chị, 4 = không qua xã, 5 = không phải, 0 = gặp cán bộ."
        )
    if is_quiet:
        return _(
            "Chị gõ: 1 = ổn, 2 = chưa ổn, 3 = gọi lại cho chị, 4 = không qua xã, 5 = nhầm, 0 = gặp cán bộ."
        )
    if is_doubted:
        return _(
            "Chị gõ: 1 = an toàn, 2 = chưa, 3 = nhờ cán bộ gọi lại, 4 = đừng cho cán bộ xã biết, 5 = không phải vậy, 0 = nhắn với cán bộ."
        )
    return _(
        "Chị gõ: 1 = an toàn, 2 = chưa, 3 = nhờ cán bộ gọi lại, 4 = đừng để cán bộ xã lo, 5 = nhắn nhầm, 0 = nhắn với cán bộ."
    )


def safe(_: Gettext, *, is_quiet: bool, is_doubted: bool) -> str:
    if is_quiet:
        return enough(_)
    lines = [
        _(
            "Dạ, em mừng chị đang an toàn. Lúc nào thấy không yên, chị gõ 2, hoặc gọi liền 113 (công an), 115 (cấp cứu), 111 (trẻ em)."
        ),
        _("Muốn cán bộ gọi lại, chị gõ 3; muốn nhắn với cán bộ, chị gõ 0."),
    ]
    if is_doubted:
        lines.append(_("Còn nếu không phải vậy, chị gõ 5, em trả lời câu chị nhắn."))
    return "\n".join(lines)


def all_is_well(_: Gettext, *, is_quiet: bool) -> str:
    """After she said that she is safe: nothing is the matter."""
    return (
        _("Dạ, em nhớ rồi.") if is_quiet else _("Dạ, chị không sao là em mừng. Chị cần gì cứ nhắn em nghen.")
    )


def unsafe(_: Gettext, *, kind: AlarmKind, is_quiet: bool, is_told: bool, advice: str, where: str) -> str:
    """`advice` is what to do in a case like hers, if she has not read it yet; `where` asks for her place."""
    if is_quiet:
        said = _(
            "Dạ, em nhớ rồi. 113, 115, 111: gọi lúc nào cũng được. Chị gõ 3 = gọi lại cho chị, 0 = gặp cán bộ."
        )
        return "\n".join([said, *([where] if where else [])])
    told = (
        _("Dạ, em báo cán bộ trực là việc gấp rồi.")
        if is_told
        else _("Dạ, giờ này em chưa gặp được cán bộ trực, em còn báo tiếp.")
    )
    lines = [
        told,
        _at_once(_, kind),
        *([advice] if advice else []),
        *([where] if where else []),
        _("Muốn cán bộ gọi chị thì gõ 3, muốn nhắn thì gõ 0. Chị cứ nhắn, em ở đây."),
    ]
    return "\n".join(lines)


def _at_once(_: Gettext, kind: AlarmKind) -> str:
    """What she can do in this moment."""
    match kind:
        case AlarmKind.MEDICAL:
            return _(
                "Chị đừng đợi: gọi liền 115 (cấp cứu), hoặc nhờ người ở gần chở tới bệnh viện, trạm y tế. Có ai làm hại chị, gọi 113 (công an)."
            )
        case AlarmKind.SELF_HARM:
            return _(
                "Chị đừng ở một mình: qua với người chị tin, hoặc gọi liền 115 (cấp cứu). Có ai làm hại chị, gọi 113 (công an)."
            )
        case _:
            return _(
                "Chị đừng đợi: tới chỗ có người, gọi liền 113 (công an), 115 (cấp cứu), 111 (trẻ em, miễn phí). Không gọi được, chị nhờ người ở gần gọi giúp."
            )


def which_phone(_: Gettext, *, is_quiet: bool, known: str) -> str:
    if known and is_quiet:
        said = _("1 = số {phone}; hoặc chị gõ số khác. Không cần nữa, chị gõ THÔI.")
    elif known:
        said = _(
            "Cán bộ gọi chị số nào? 1 = số {phone}; hoặc chị gõ số khác, số của người chị tin cũng được. Không cần nữa, chị gõ THÔI."
        )
    elif is_quiet:
        said = _("Chị gõ số điện thoại. Không cần nữa, chị gõ THÔI.")
    else:
        said = _(
            "Chị gõ số điện thoại để cán bộ gọi; số của người chị tin cũng được. Không cần nữa, chị gõ THÔI."
        )
    return said.format(phone=mask_phone(known))


def no_phone(_: Gettext) -> str:
    return _("Dạ, em chưa đọc ra số điện thoại. Chị gõ lại đủ các số lúc nào cũng được.")


def when(_: Gettext, *, is_quiet: bool) -> str:
    if is_quiet:
        return _("Lúc nào thì tiện? 1 = lúc nào cũng được; hoặc chị ghi giờ.")
    return _(
        "Lúc nào gọi thì chị nghe máy một mình được? 1 = gọi liền cũng được; hoặc chị ghi lúc nào, như: sáng mai 8 giờ, lúc ra đồng."
    )


def will_call(_: Gettext, *, is_quiet: bool, phone: str, is_told: bool) -> str:
    if is_quiet:
        return _("Dạ, em nhớ rồi.")
    asked = (
        _("Dạ, em đã nhờ cán bộ trực gọi số {phone}, đúng lúc chị dặn.")
        if is_told
        else _("Dạ, em đã ghi số {phone} và lúc chị dặn; có cán bộ trực là em đưa liền.")
    )
    lines = [
        asked.format(phone=mask_phone(phone)),
        _("Nghe máy mà có người bên cạnh, chị cứ nói «lộn số» rồi cúp, cán bộ hiểu."),
        _("Trong lúc chờ, thấy không yên chị gọi liền 113, 115 hoặc 111."),
    ]
    return "\n".join(lines)


def enough(_: Gettext) -> str:
    """She says "thôi": nothing more is asked, and her digits still mean what they meant."""
    return _("Dạ, em nhớ rồi. Chị cần gì cứ gõ 2, 3 hoặc 0.")


def no_call(_: Gettext, *, is_quiet: bool, kept: str = "") -> str:
    """She is not to be called (any more): where she can still be reached, and how to ask for it again."""
    if is_quiet:
        return _("Dạ, em không nhờ gọi nữa. Chị cứ nhắn ở đây.")
    lines = [
        _("Dạ, em không nhờ gọi nữa. Em dặn cán bộ trực rồi: đừng ai gọi cho chị."),
        _("Lỡ máy có reo, chị cứ nói «lộn số» rồi cúp."),
        *([kept] if kept else []),
        _("Chị cứ nhắn ở đây, cán bộ trực đọc và nhắn lại cho chị. Khi nào muốn được gọi lại, chị gõ 3."),
        _("Thấy không yên, chị gọi liền 113, 115 hoặc 111."),
    ]
    return "\n".join(lines)


def past_local(_: Gettext, *, is_quiet: bool, was_told: bool) -> str:
    if is_quiet:
        return _("Dạ, em nhớ rồi.")
    said = _("Dạ, từ giờ chỉ cán bộ cấp trên của Hội lo việc này, không qua cán bộ xã, ấp.")
    if was_told:
        also = _("Lúc nãy em có báo cán bộ trực gần chị; em vừa nhắn cán bộ đó là đã có người khác lo.")
        said = f"{said} {also}"
    return said


def mistaken(_: Gettext, *, is_quiet: bool, has_question: bool) -> str:
    if is_quiet:
        return _("Dạ, em nhớ rồi.")
    if has_question:
        return _("Dạ, em hiểu lầm, chị bỏ qua cho em.")
    return _("Dạ, em hiểu lầm, chị bỏ qua cho em. Chị muốn hỏi gì, chị cứ nhắn em nghen.")


def stays(_: Gettext, *, is_quiet: bool) -> str:
    """She says that it was nothing, and those on duty know already: somebody else may be typing."""
    if is_quiet:
        return "\n".join([_("Dạ, em nhớ rồi."), short_digits(_, is_doubted=False, is_quiet=True)])
    return "\n".join(
        [
            _(
                "Dạ, em hiểu. Em báo lại cho cán bộ; cán bộ có thể vẫn hỏi thăm chị một tiếng cho chắc, chị đừng ngại nghen."
            ),
            _(
                "Lúc nào thấy không yên, chị gõ 2, hoặc gọi liền 113 (công an), 115 (cấp cứu). Chị muốn hỏi gì cứ nhắn em."
            ),
        ]
    )


def lead_back(_: Gettext, *, is_quiet: bool) -> str:
    """Nobody knows yet whether she is in danger, and she says something that is no answer to that."""
    digits = short_digits(_, is_doubted=True, is_quiet=is_quiet)
    return digits if is_quiet else "\n".join([_still_asking(_), digits])


def _still_asking(_: Gettext) -> str:
    return _(
        "Dạ, em nghe chị. Chị có đang an toàn không? Thấy không yên thì chị đừng đợi: gọi liền 113 (công an), 115 (cấp cứu), 111 (trẻ em, miễn phí)."
    )


def heard(
    _: Gettext,
    *,
    is_quiet: bool,
    is_doubted: bool,
    is_told: bool,
    kept: str,
    where: str,
    with_digits: bool = True,
) -> str:
    """She writes something that sounds like no danger by itself."""
    digits = [short_digits(_, is_doubted=is_doubted, is_quiet=is_quiet)] if with_digits else []
    if is_quiet:
        said = _("Dạ, em nhớ rồi.")
    elif is_doubted:
        said = _still_asking(_)
    elif is_told:
        said = _("Dạ, em nghe chị. Lời chị vừa nhắn, em ghi thêm cho cán bộ trực.")
    else:
        said = _("Dạ, em nghe chị. Chị cứ kể, em ở đây.")
    lines = [said, *([kept] if kept and not is_quiet else []), *([where] if where else []), *digits]
    return "\n".join(lines)


def go_on(_: Gettext, *, is_quiet: bool, is_taken: bool) -> str:
    """She wants a cadre, and those on duty know of her already."""
    if is_quiet:
        return _("Dạ, em nhớ rồi. Chị cứ nhắn ở đây.")
    if is_taken:
        return _("Dạ, cán bộ Hội đang lo việc của chị. Chị cứ nhắn ở đây, em chuyển liền.")
    return _("Dạ, em báo cán bộ trực của Hội rồi. Chị cứ nhắn ở đây, em ghi thêm cho cán bộ đọc.")


def asks_place(_: Gettext, *, is_quiet: bool) -> str:
    """Nobody knows where she is, so that only the top was told."""
    if is_quiet:
        return _("Chị ở xã nào?")
    return _("Chị nhắn thêm tên xã chị đang ở, em báo liền cán bộ gần chị.")


def placed(_: Gettext, *, place: str, is_quiet: bool, is_kept: bool, is_taken: bool, is_told: bool) -> str:
    """She said where she is. `is_kept`: nobody near her is to know; `is_told`: somebody there is told."""
    if is_quiet:
        return _("Nơi chị ở: {place}.").format(place=place)
    if is_taken:
        said = _("Chị ở {place}: em nhắn cán bộ đang lo việc của chị biết rồi.")
    elif is_kept:
        said = _("Chị ở {place}: em chỉ cho cán bộ cấp trên biết, cán bộ ở đó thì không.")
    elif is_told:
        said = _("Chị ở {place}: em báo cán bộ trực ở đó rồi.")
    else:
        said = _("Chị ở {place}, em ghi rồi.")
    wrong = _("Không phải nơi đó, chị nhắn lại tên xã giúp em.")
    return f"{said.format(place=place)} {wrong}"


def which_place(_: Gettext, labels: Sequence[str]) -> str:
    """The name that she wrote fits these places."""
    lines = [f"{number} = {label}" for number, label in enumerate(labels, 1)]
    return "\n".join(
        [
            _("Dạ, chị đang ở nơi nào? Chị gõ một số:"),
            *lines,
            _("Không có nơi nào đúng, chị nhắn lại tên xã, thêm huyện cũ."),
        ]
    )


def safe_after_all(_: Gettext, *, is_quiet: bool) -> str:
    """She typed 1 after she had said that she is not safe."""
    if is_quiet:
        return _("Giờ chị ổn rồi phải không? Ổn thì chị gõ 1 lần nữa, chưa thì gõ 2.")
    return _("Giờ chị an toàn rồi phải không? An toàn thì chị gõ 1 lần nữa, chưa thì gõ 2.")


def place_again(_: Gettext) -> str:
    return _("Dạ, chị nhắn lại tên xã, phường giúp em; thêm huyện cũ càng tốt.")
