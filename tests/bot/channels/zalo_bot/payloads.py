"""Updates shaped as Zalo sends them, with invented people."""

from typing import Any

from bot.channels.zalo_bot.updates import CAME_MS, UPDATE

JSON = dict[str, Any]

CAME = 1_795_000_000_000  # When the service took them in.
BINH: JSON = {"id": "2000000000000000aaaa", "display_name": "Bình", "is_bot": False}
BOT: JSON = {"id": "1000000000000000001", "display_name": "Bot Chị Hội", "is_bot": True}
PRIVATE: JSON = {"id": "2000000000000000aaaa", "chat_type": "PRIVATE"}
GROUP: JSON = {"id": "3000000000000000bbbb", "chat_type": "GROUP"}


def event(name: str, **content: Any) -> JSON:
    message = {
        "from": BINH,
        "chat": PRIVATE,
        "message_id": "0123456789abcdef0123",
        "date": CAME - 1000,
        **content,
    }
    return {"event_name": name, "message": {key: value for key, value in message.items() if value != ...}}


def text(words: Any, **more: Any) -> JSON:
    return event("message.text.received", text=words, **more)


def wrapped(update: Any) -> JSON:
    return {"ok": True, "result": update}


def kept(update: Any) -> JSON:
    return {CAME_MS: CAME, UPDATE: update}
