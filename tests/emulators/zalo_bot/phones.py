"""The phones of this emulator's people on the phone page, and what pressing there does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.emulators.parameters import JSON
from tests.emulators.phones import Board, Choice, PhonePage, PhoneView, bubble_views, picture
from tests.emulators.zalo_bot.people import Group, User

if TYPE_CHECKING:
    from tests.emulators.zalo_bot.emulator import ZaloBotEmulator


class Phones:
    def __init__(self, emulator: ZaloBotEmulator) -> None:
        self._zalo = emulator
        self._page = PhonePage(
            board=self._board,
            act=self._act,
            changes=lambda: emulator.world.changes,
            news=emulator.news,
            clock=emulator.clock,
        )

    async def serve(self, request: web.BaseRequest, rest: str) -> web.Response:
        return await self._page.serve(request, rest)

    def _board(self) -> Board:
        bots = self._zalo.world.bots.values()
        chats: list[User | Group] = []
        for bot in bots:
            chats += [*bot.users.values(), *bot.groups.values()]
        deliveries = [delivery for bot in bots for delivery in bot.webhook.deliveries]
        return Board(
            title="Zalo Bot (giả lập)",
            clock=self._zalo.clock.now(),
            settings=self._zalo.setting_lines(),
            facts=[
                ("Bot", ", ".join(f"{bot.name} ({bot.bot_id})" for bot in bots)),
                ("Nhận tin bằng", "webhook" if self._zalo.bot.webhook.url else "getUpdates"),
                ("Chờ lấy", f"{sum(len(bot.pending) for bot in bots)} cập nhật"),
                ("Webhook", f"{sum(d.is_taken for d in deliveries)}/{len(deliveries)} được nhận"),
                ("Lời gọi API", str(len(self._zalo.calls.entries))),
            ],
            webhook_url=self._zalo.bot.webhook.url,
            phones=[self._phone(chat) for chat in chats],
            makes=(Choice("Thêm nhóm", "new_group", note="Bot chỉ nghe tin nhắc đến nó"),),
            accounts=[(bot.token, bot.name) for bot in bots],
            saves_webhook=False,
        )

    def _phone(self, chat: User | Group) -> PhoneView:
        blocked = chat.refusal is not None
        verbs: tuple[Choice, ...] = ()
        if isinstance(chat, User):
            verbs = (
                Choice("Gửi ảnh", "picture"),
                Choice("Gửi ghi âm", "voice"),
                Choice("Gửi sticker", "sticker"),
                Choice("Gửi thứ khác", "unsupported", note="Đường dẫn, tệp…: bot chỉ biết là có tin"),
                Choice("Bỏ chặn", "unblock") if blocked else Choice("Chặn", "block"),
            )
        chips = ["nhóm"] if isinstance(chat, Group) else []
        if blocked:
            chips.append("đã chặn")
        return PhoneView(
            key=chat.chat_id,
            title=chat.bot.name,
            owner=chat.name,
            chips=tuple(chips),
            bubbles=bubble_views(chat.bubbles, lambda url: url, own_choices=lambda _: ()),
            verbs=verbs,
            hint="Nhắn tin (có nhắc bot)…" if isinstance(chat, Group) else "Nhắn tin…",
        )

    async def _act(self, form: JSON) -> str:
        act, value = form["act"], form.get("value", "")
        match act:
            case "new_user":
                bot = self._zalo.world.bots.get(form.get("account", ""), self._zalo.bot)
                self._zalo.user(name=form["name"].strip() or "Lan", bot=bot)
                return ""
            case "new_group":
                self._zalo.group()
                return ""
        chat = self._zalo.phone_of(form["phone"])
        if isinstance(chat, Group):
            speaker = next(iter(chat.bot.users.values()), None)
            if speaker is None:
                return "Hãy thêm một người trước: trong nhóm phải có người nói."
            await speaker.says(value, group=chat)
            return ""
        await self._act_of(chat, act, value)
        return ""

    async def _act_of(self, user: User, act: str, value: str) -> None:
        match act:
            case "say":
                await user.says(value.replace("\r\n", "\n"))
            case "picture":
                url = self._zalo.world.keep_media(picture.PICTURE, picture.TYPE, picture.NAME)
                await user.sends_photo(url=url)
            case "voice":
                await user.sends_voice()
            case "sticker":
                await user.sends_sticker()
            case "unsupported":
                await user.sends_unsupported()
            case "block":
                await user.blocks()
            case "unblock":
                await user.unblocks()
            case _:
                raise LookupError(act)
