"""The phones of this emulator's people on the phone page, and what pressing there does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.emulators.parameters import JSON
from tests.emulators.phone import Bubble
from tests.emulators.phones import Board, Choice, PhonePage, PhoneView, bubble_views, picture
from tests.emulators.zalo_oa.people import User
from tests.emulators.zalo_oa.windows import ALLOWED, FREE

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.emulator import ZaloOAEmulator

MOST_SHOWN = 60


class Phones:
    def __init__(self, emulator: ZaloOAEmulator) -> None:
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
        world = self._zalo.world
        users = [user for oa in world.oas.values() for user in oa.users.values()]
        hooks = [app.webhook for app in world.apps.values()]
        tries = [delivery for hook in hooks for delivery in hook.deliveries]
        return Board(
            title="Zalo Official Account (giả lập)",
            clock=self._zalo.clock.now(),
            settings=self._zalo.setting_lines(),
            facts=[
                ("Ứng dụng", ", ".join(world.apps)),
                ("OA", ", ".join(f"{oa.name} ({oa.oa_id})" for oa in world.oas.values())),
                (
                    "Đã cấp quyền",
                    "rồi"
                    if self._is_connected()
                    else "chưa: vào dịch vụ bấm “Kết nối Zalo OA”, hoặc bấm “Cấp mã lần đầu”",
                ),
                ("Webhook", "đang bật" if all(hook.is_on for hook in hooks) else "đã bị tắt, lưu lại để bật"),
                ("Sự kiện", f"{sum(d.is_taken for d in tries)}/{len(tries)} được nhận"),
                ("Lời gọi API", str(len(self._zalo.calls.entries))),
            ],
            webhook_url=self._zalo.app.webhook.url,
            phones=[self._phone(user) for user in users[:MOST_SHOWN]],
            makes=(
                Choice("Cấp mã lần đầu", "connect", note="Cặp mã truy cập đầu tiên, như trong API Explorer"),
            ),
            accounts=[(oa.oa_id, oa.name) for oa in world.oas.values()],
        )

    def _is_connected(self) -> bool:
        world = self._zalo.world
        return any(
            world.grants.has_granted(app, oa) for app in world.apps.values() for oa in world.oas.values()
        )

    def _phone(self, user: User) -> PhoneView:
        chips = [user.person.phone]
        if user.is_follower:
            chips.append("đã quan tâm")
        if user.refusal is not None:
            chips.append("đã chặn")
        chips.append(self._window(user))
        chips += [f"#{tag}" for tag in user.tags]
        follow = Choice("Bỏ quan tâm", "unfollow") if user.is_follower else Choice("Quan tâm", "follow")
        block = Choice("Bỏ chặn", "unblock") if user.refusal is not None else Choice("Chặn", "block")
        chat = () if user.has_clicked_chat or user.last_interaction else (Choice("Bấm nút Chat", "chat_now"),)
        return PhoneView(
            key=f"{user.oa.oa_id}:{user.user_id}",
            title=user.oa.name,
            owner=user.name,
            chips=tuple(chips),
            bubbles=bubble_views(user.bubbles, self._zalo.world.media_url, own_choices=_card),
            verbs=(
                follow,
                *chat,
                Choice("Gửi ảnh", "picture"),
                Choice("Gửi ghi âm", "voice"),
                Choice("Đã xem tin", "read"),
                block,
                Choice("Xin xoá dữ liệu", "withdraw"),
            ),
            hand=f"Người trực {user.oa.name} trả lời tay…",
        )

    def _window(self, user: User) -> str:
        if user.last_interaction is None:
            return "chưa nhắn bao giờ"
        age = self._zalo.clock.now() - user.last_interaction
        if age <= FREE:
            hours, minutes = divmod(int((FREE - age).total_seconds()) // 60, 60)
            return f"miễn phí còn {hours} giờ {minutes:02}"
        return "quá 48 giờ: mất phí" if age <= ALLOWED else "quá 7 ngày: không gửi được"

    async def _act(self, form: JSON) -> str:
        act, value = form["act"], form.get("value", "")
        match act:
            case "new_user":
                oa = self._zalo.world.oas.get(form.get("account", ""), self._zalo.oa)
                self._zalo.user(name=form["name"].strip() or "Hoa", phone=form.get("phone") or None, oa=oa)
                return ""
            case "connect":
                self._zalo.connect()
                self._zalo.world.changed()
                return ""
            case "webhook":
                saved = await self._zalo.app.webhook.saves(value.strip())
                self._zalo.world.changed()
                return "" if saved else "Địa chỉ webhook không trả lời 200 nên chưa lưu được."
        oa_id, _, user_id = form["phone"].partition(":")
        return await self._act_of(self._zalo.world.oas[oa_id].users[user_id], act, value)

    async def _act_of(self, user: User, act: str, value: str) -> str:
        match act:
            case "say":
                await user.says(value.replace("\r\n", "\n"))
            case "press":
                return await self._press(user, value)
            case "hand":
                self._zalo.admin_says(user, value)
            case "follow":
                await user.follows()
            case "unfollow":
                await user.unfollows()
            case "chat_now":
                await user.clicks_chat_now()
            case "picture":
                world = self._zalo.world
                path = world.keep_media(picture.PICTURE, picture.TYPE, picture.NAME)
                await user.sends_image(url=world.media_url(path))
            case "voice":
                await user.sends_audio()
            case "read":
                await user.reads()
            case "block":
                await user.blocks()
            case "unblock":
                await user.unblocks()
            case "withdraw":
                await user.withdraws()
            case "submit_info":
                await user.submits_info()
            case _:
                raise LookupError(act)
        return ""

    async def _press(self, user: User, value: str) -> str:
        message_id, _, number = value.rpartition(":")
        received = user.message(message_id)
        if received is None:
            raise LookupError("tin nhắn đã mất")
        button = received.buttons[int(number)]
        if await user.presses(button) is None:
            payload = button.payload if isinstance(button.payload, dict) else {}
            return f"Nút này mở: {payload.get('url') or payload.get('phone_code') or button.type}"
        return ""


def _card(bubble: Bubble) -> tuple[Choice, ...]:
    if bubble.received is not None and bubble.received.kind == "request_user_info":
        return (Choice("Chia sẻ thông tin của tôi", "submit_info"),)
    return ()
