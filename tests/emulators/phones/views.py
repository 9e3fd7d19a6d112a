"""What the phone page shows, as values; each emulator fills them from its own state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.emulators.clock import VIETNAM
from tests.emulators.parameters import JSON
from tests.emulators.phone import Bubble


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to press: sends `act` with `value`."""

    label: str
    act: str
    value: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class BubbleView:
    text: str
    time: str
    is_mine: bool
    by_hand: bool = False
    media: str = ""
    is_picture: bool = False
    choices: tuple[Choice, ...] = ()
    elements: tuple[JSON, ...] = ()
    note: str = ""
    reaction: str = ""
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class PhoneView:
    """One phone. `hand`: the label of the box in which a human of the account answers; empty: there is none."""

    key: str
    title: str
    owner: str
    chips: tuple[str, ...]
    bubbles: Sequence[BubbleView]
    verbs: tuple[Choice, ...]
    hand: str = ""
    hint: str = "Nhắn tin…"


@dataclass(frozen=True, slots=True)
class Board:
    """The whole page."""

    title: str
    clock: datetime
    settings: Sequence[str]
    facts: Sequence[tuple[str, str]]
    webhook_url: str
    phones: Sequence[PhoneView]
    makes: tuple[Choice, ...] = ()  # what can be made beside a person, e.g. a group
    accounts: Sequence[tuple[str, str]] = ()
    saves_webhook: bool = True  # the platform's console has a box for it

    @property
    def clock_text(self) -> str:
        return self.clock.astimezone(VIETNAM).strftime("%H:%M · %d/%m/%Y")


def bubble_views(
    bubbles: Sequence[Bubble],
    media_url: Callable[[str], str],
    *,
    own_choices: Callable[[Bubble], tuple[Choice, ...]],
) -> list[BubbleView]:
    """The chat of one phone; `own_choices` gives a platform's own buttons under a message."""
    texts = {bubble.message_id: bubble.text for bubble in bubbles}
    views = []
    for bubble in bubbles:
        received = bubble.received
        buttons = (
            tuple(
                Choice(button.title, "press", f"{received.message_id}:{number}", _opens(button.payload))
                for number, button in enumerate(received.buttons)
            )
            if received
            else ()
        )
        views.append(
            BubbleView(
                text=_shown_text(bubble),
                time=datetime.fromtimestamp(bubble.sent_ms / 1000, UTC).astimezone(VIETNAM).strftime("%H:%M"),
                is_mine=received is None,
                by_hand=bool(received and received.by_hand),
                media=media_url(bubble.media) if bubble.media else "",
                is_picture=bubble.kind in {"image", "gif", "photo"},
                choices=buttons + own_choices(bubble),
                elements=received.elements if received and received.kind == "list" else (),
                note=_note(bubble),
                reaction=_REACTIONS.get(received.reaction, received.reaction) if received else "",
                quoted=texts.get(received.quotes or "", "") if received else "",
            )
        )
    return views


def _opens(payload: object) -> str:
    """Where a button leads that says nothing in the chat."""
    if not isinstance(payload, dict):
        return ""
    return str(payload.get("url") or payload.get("phone_code") or "")


_KINDS = {
    "audio": "🎤 Ghi âm",
    "voice": "🎤 Ghi âm",
    "video": "🎬 Phim",
    "sticker": "🙂 Nhãn dán",
    "location": "📍 Vị trí",
    "link": "🔗 Đường dẫn",
    "business_card": "👤 Danh thiếp",
    "unsupported": "Tin loại khác",
    "file": "📄 Tệp",
    "image": "",
    "gif": "",
    "photo": "",
}


def _shown_text(bubble: Bubble) -> str:
    """What she wrote, or in words what she sent instead."""
    return (
        bubble.text if bubble.text not in {"", f"[{bubble.kind}]"} else _KINDS.get(bubble.kind, bubble.text)
    )


_REACTIONS = {
    "/-heart": "❤",
    "/-strong": "👍",
    ":>": "😄",
    ":o": "😮",
    ":-((": "😭",
    ":-h": "😡",
    "--b": "🙏",
}
_QUOTAS = {
    "reply": "miễn phí",
    "welcome_msg": "tin chào",
    "sub_quota": "trong gói",
    "purchase_quota": "gói mua",
}


def _note(bubble: Bubble) -> str:
    received = bubble.received
    if received is None:
        return ""
    parts = []
    if received.by_hand:
        parts.append("người trực OA")
    if received.quota_type:
        parts.append(_QUOTAS.get(received.quota_type, received.quota_type))
    if received.kind == "template":
        parts.append("tin mẫu ZBS")
    if received.is_seen:
        parts.append("đã xem")
    return " · ".join(parts)
