"""Simulated people: what a test lets them do in Zalo becomes the events the webhook gets."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING

from tests.emulators.parameters import JSON
from tests.emulators.phone import Bubble, Button, Phone
from tests.emulators.zalo_oa.history import TYPES, Entry
from tests.emulators.zalo_oa.person import Person
from tests.emulators.zalo_oa.world import World

if TYPE_CHECKING:
    from tests.emulators.zalo_oa.accounts import OA, App
    from tests.emulators.zalo_oa.groups import Group

PICTURE = b"\xff\xd8\xff\xe0 a made-up picture \xff\xd9"


class User(Phone):
    """A person at one OA, and her chat with it.

    Every verb returns once its event is on its way, not once it was handled. Verbs that write return the msg_id.
    `reads_at_once` False: `user_seen_message` only follows when she `reads`.
    """

    def __init__(self, world: World, oa: OA, person: Person, user_id: str) -> None:
        super().__init__()
        self.world = world
        self.oa = oa
        self.person = person
        self.user_id = user_id
        self.is_follower = False
        self.has_clicked_chat = False
        self.last_interaction: datetime | None = None
        self.welcomes_taken = 0
        self.refusal: int | None = None  # what every send to her is answered
        self.is_online = True  # Zalo Mobile tells of received messages
        self.reads_at_once = False
        self.alias = ""
        self.external_id = ""
        self.tags: list[str] = []
        self.shared_info: JSON = {}
        self.said_at: dict[str, datetime] = {}
        self.replies_to: dict[str, int] = {}
        self.history: list[Entry] = []
        self.unseen: list[tuple[App, str]] = []
        self.senders: dict[str, App] = {}

    @property
    def name(self) -> str:
        return self.person.name

    # Coming and going

    async def follows(self, source: str = "oa_profile") -> None:
        self.is_follower = True
        self._unblock()
        # A first follow opens the welcome messages; a later one is an interaction like any other.
        if self.last_interaction is not None:
            self._interacts()
        self._follow_event("follow", source)

    async def unfollows(self, source: str = "oa_profile") -> None:
        self.is_follower = False
        self._follow_event("unfollow", source)

    async def blocks(self, code: int = -244) -> None:
        """Refuses everything from the OA; with it goes the following."""
        self.refusal = code
        if self.is_follower:
            await self.unfollows()
        self.world.changed()

    async def unblocks(self) -> None:
        self._unblock()
        self.world.changed()

    async def clicks_chat_now(self) -> None:
        """The "chat" button; told once per user, and only to an OA she never wrote to."""
        if self.has_clicked_chat or self.last_interaction is not None:
            return
        self.has_clicked_chat = True
        event = {"oa_id": self.oa.oa_id, "user_id": self.user_id, "event_name": "user_click_chatnow"}
        self._announce(event)

    async def withdraws(self) -> None:
        """Asks for her data to be erased."""
        self._announce({"oa_id": self.oa.oa_id, "user_id": self.user_id, "event_name": "user_withdraw"})

    # Writing

    async def says(self, text: str, *, quote: str | None = None, group: Group | None = None) -> str:
        return self.sends("text", {"text": text}, quote=quote, group=group)

    async def sends_image(
        self, content: bytes = PICTURE, *, caption: str = "", group: Group | None = None, url: str = ""
    ) -> str:
        """`url` instead of `content`: an address of the test's own choice."""
        url = url or self._keep(content, "image/jpeg", "anh.jpg")
        payload = {"thumbnail": url, "url": url}
        return self.sends("image", self._attached("image", payload, caption), group=group, media=url)

    async def sends_gif(self, content: bytes = b"GIF89a made-up") -> str:
        url = self._keep(content, "image/gif", "anh.gif")
        return self.sends("gif", self._attached("gif", {"thumbnail": url, "url": url}), media=url)

    async def sends_audio(self, content: bytes = b"#!AMR\n made-up") -> str:
        return self.sends(
            "audio", self._attached("audio", {"url": self._keep(content, "audio/amr", "tieng.amr")})
        )

    async def sends_video(self, content: bytes = b"made-up video", *, description: str = "") -> str:
        url = self._keep(content, "video/mp4", "phim.mp4")
        payload = {"url": url, "thumbnail": url, "description": description}
        return self.sends("video", self._attached("video", payload))

    async def sends_sticker(self, sticker_id: str = "46991") -> str:
        url = f"https://zalo-api.zadn.vn/api/emoticon/sticker/webpc?eid={sticker_id}"
        return self.sends("sticker", self._attached("sticker", {"url": url, "id": sticker_id}))

    async def sends_file(
        self, content: bytes = b"%PDF made-up", *, name: str = "don.pdf", caption: str = ""
    ) -> str:
        payload = {
            "size": str(len(content)),
            "name": name,
            "checksum": hashlib.md5(content).hexdigest(),
            "type": name.rpartition(".")[2],
            "url": self._keep(content, "application/octet-stream", name),
        }
        return self.sends("file", self._attached("file", payload, caption))

    async def sends_link(self, url: str, *, title: str = "", description: str = "") -> str:
        payload = {"thumbnail": "", "description": description, "url": url}
        if title:
            payload["title"] = title
        return self.sends("link", self._attached("link", payload, url))

    async def sends_location(self, latitude: str = "10.0452", longitude: str = "105.7469") -> str:
        payload = {"coordinates": {"latitude": latitude, "longitude": longitude}}
        return self.sends("location", self._attached("location", payload))

    async def sends_business_card(self, phone: str = "84912000222") -> str:
        card = json.dumps({"phone": phone, "qrCodeUrl": "https://qr.example.vn/x.png"})
        payload = {"thumbnail": "", "description": card, "url": "https://zalo.me/0"}
        return self.sends("business_card", self._attached("link", payload))

    async def reacts(self, message_id: str, icon: str = "/-heart") -> None:
        received = self.message(message_id)
        if received is not None:
            received.reaction = icon
        # No interaction: the reference names none of this kind (3.3), so a window that it opened would be a guess.
        self._announce(self._from_user("user_reacted_message", {"msg_id": message_id, "react_icon": icon}))

    async def submits_info(self, *, old_shape: bool = False, **fields: str) -> None:
        """Fills in the card of `request_user_info`; `old_shape` as it was told before the new form."""
        info: JSON = {"name": self.person.name, "phone": self.person.phone}
        place = {"user_city": "Cần Thơ", "user_ward": "Ninh Kiều", "user_address": "Ấp 1"}
        if old_shape:
            info |= {"address": "Ấp 1", "city": "Cần Thơ", "district": "Ninh Kiều", "ward": "An Hoà"}
        else:
            info |= {"user_dob": "30/10/1979", "gender": "Nữ", "full_address": place}
        info |= fields
        self.shared_info = {"name": info["name"], "phone": info["phone"]}
        self._interacts()
        self._announce(self._from_user("user_submit_info", None) | {"info": info})

    async def gives_feedback(self, rate: int = 5, note: str = "") -> None:
        message = {"msg_id": self.world.next_text(), "note": note, "rate": rate}
        self._announce(self._from_user("user_feedback", message))

    async def presses(self, button: Button | str) -> str | None:
        """Presses a button, itself or by its title (the newest so named).

        A query button says its payload, visibly or not; any other opens something and tells nobody.
        """
        if isinstance(button, str):
            button = self.button_titled(button)
        if button.type not in {"oa.query.show", "oa.query.hide"}:
            return None
        return self.sends("text", {"text": str(button.payload)}, is_hidden=button.type == "oa.query.hide")

    async def reads(self) -> None:
        """Looks at the chat: everything that came is seen."""
        unseen, self.unseen = self.unseen, []
        for app in {app.app_id: app for app, _ in unseen}.values():
            seen = [message_id for sender, message_id in unseen if sender is app]
            event = self._about_oa("user_seen_message", {"msg_ids": seen})
            self.world.announce(self.oa, event, lane=self.user_id, only_app=app)
        for received in self.received:
            received.is_seen = True
        self.world.changed()

    # How a deed becomes an event

    def sends(
        self,
        kind: str,
        message: JSON,
        *,
        quote: str | None = None,
        group: Group | None = None,
        is_hidden: bool = False,
        media: str = "",
    ) -> str:
        """A message of any kind and content, for what has no verb here."""
        message_id = self.world.next_text()
        message = message | {"msg_id": message_id}
        if quote:
            message["quote_msg_id"] = quote
        self._unblock()
        self._interacts()
        if group is not None:
            group.takes(self, kind, message)
            return message_id
        if not is_hidden:
            text = message.get("text") or f"[{kind}]"
            self.bubbles.append(Bubble(text, self.world.clock.ms(), None, message_id, kind, media))
        self.said_at[message_id] = self.world.clock.now()
        url = media or ""
        self.history.append(
            Entry(
                1, self.world.clock.ms(), TYPES.get(kind, kind), str(message.get("text", "")), message_id, url
            )
        )
        self._announce(self._from_user(f"user_send_{kind}", message))
        return message_id

    def makes(self, event: JSON) -> None:
        """Any event at all, known or not; app_id, user_id_by_app and timestamp are added."""
        self._announce(event)

    def told_received(self, app: App, message_id: str) -> None:
        """The app whose message arrived hears of it; and that it was seen, if she looks at once."""
        if not self.is_online:
            return
        event = self._about_oa("user_received_message", {"msg_id": message_id})
        self.world.announce(self.oa, event, lane=self.user_id, only_app=app)
        self.unseen.append((app, message_id))
        if self.reads_at_once:
            self.unseen.remove((app, message_id))
            event = self._about_oa("user_seen_message", {"msg_ids": [message_id]})
            self.world.announce(self.oa, event, lane=self.user_id, only_app=app)

    def echo(self, kind: str, message: JSON, *, by_hand: str | None = None) -> None:
        """`oa_send_*`: what the OA sent, told to all its apps."""
        event = self._about_oa(f"oa_send_{kind}", message)
        if by_hand:
            event["sender"]["admin_id"] = by_hand
        self._announce(event)

    def _announce(self, event: JSON) -> None:
        self.world.announce(self.oa, event, person=self.person, lane=self.user_id)

    def _from_user(self, name: str, message: JSON | None) -> JSON:
        event: JSON = {
            "sender": {"id": self.user_id},
            "recipient": {"id": self.oa.oa_id},
            "event_name": name,
        }
        return event if message is None else event | {"message": message}

    def _about_oa(self, name: str, message: JSON) -> JSON:
        return {
            "sender": {"id": self.oa.oa_id},
            "recipient": {"id": self.user_id},
            "event_name": name,
            "message": message,
        }

    def _follow_event(self, name: str, source: str) -> None:
        event = {
            "oa_id": self.oa.oa_id,
            "follower": {"id": self.user_id},
            "event_name": name,
            "source": source,
        }
        self._announce(event)

    def _attached(self, kind: str, payload: JSON, text: str = "") -> JSON:
        return {"attachments": [{"type": kind, "payload": payload}]} | ({"text": text} if text else {})

    def _keep(self, content: bytes, content_type: str, name: str) -> str:
        return self.world.media_url(self.world.keep_media(content, content_type, name))

    def _interacts(self) -> None:
        self.last_interaction = self.world.clock.now()

    def _unblock(self) -> None:
        # Whoever blocked the OA unblocks it by what she does next, as in the app.
        if self.refusal == -244:
            self.refusal = None
