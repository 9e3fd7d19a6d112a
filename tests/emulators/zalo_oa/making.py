"""What a test sets up: apps, Official Accounts, people, crowds, groups, templates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.emulators.zalo_oa import consulting
from tests.emulators.zalo_oa.accounts import OA, App
from tests.emulators.zalo_oa.groups import Group
from tests.emulators.zalo_oa.people import User
from tests.emulators.zalo_oa.person import Person
from tests.emulators.zalo_oa.templates import Param, Template
from tests.emulators.zalo_oa.world import FIRST_USER, World

FIRST_PHONE = 84_912_000_111
FIRST_GROUP = 5_000_000_000_000_000_001
FIRST_TEMPLATE = 400_001


class Making:
    """The verbs that make things; `app` and `oa` are the first of each."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.app = self.new_app()
        self.oa = self.new_oa(name="Hội Phụ nữ")

    def new_app(self, **fields: Any) -> App:
        """Fields as in `App`."""
        return self.world.add_app(**fields)

    def new_oa(self, *, name: str = "Hội Phụ nữ", **fields: Any) -> OA:
        """Fields as in `OA`."""
        return self.world.add_oa(name=name, **fields)

    def user(
        self,
        *,
        name: str = "Hoa",
        phone: str | None = None,
        oa: OA | None = None,
        person: Person | None = None,
        user_id: str | None = None,
        follows: bool = False,
        interacted: timedelta | None = None,
    ) -> User:
        """Somebody the OA has an id of; no event is told.

        `interacted`: so long ago she last wrote; `follows`: she follows already. With neither she never had
        contact. `person`: the same woman as at another OA.
        """
        if person is None:
            person = Person(name, phone or str(self.world.next_number("phone", FIRST_PHONE)))
            self.world.people.append(person)
        where = oa or self.oa
        user = User(self.world, where, person, user_id or str(self.world.next_number("user", FIRST_USER)))
        user.is_follower = follows
        if interacted is not None:
            user.last_interaction = self.world.clock.now() - interacted
        person.users.append(user)
        where.users[user.user_id] = user
        self.world.changed()
        return user

    def crowd(
        self, count: int, *, oa: OA | None = None, spread: timedelta = timedelta(days=30)
    ) -> list[User]:
        """So many followers, who last wrote at moments spread evenly over the time until now."""
        return [
            self.user(name=f"Chị {i + 1}", oa=oa, follows=True, interacted=spread * (i / max(count, 1)))
            for i in range(count)
        ]

    def visitor(self, *, oa: OA | None = None) -> User:
        """An anonymous visitor of the OA's web widget."""
        where = oa or self.oa
        visitor = self.user(name="Khách", oa=where, user_id=self.world.next_text())
        visitor.external_id = f"conversation:{self.world.next_text()}"
        return visitor

    def visitor_says(self, visitor: User, text: str) -> None:
        conversation_id = visitor.external_id.removeprefix("conversation:")
        message = {"conversation_id": conversation_id, "text": text, "msg_id": self.world.next_text()}
        visitor.makes(
            {
                "sender": {"id": visitor.user_id},
                "recipient": {"id": visitor.oa.oa_id},
                "event_name": "anonymous_send_text",
                "message": message,
            }
        )

    def group(self, *members: User, name: str = "Cán bộ Hội", oa: OA | None = None) -> Group:
        where = oa or self.oa
        group = Group(self.world, where, str(self.world.next_number("group", FIRST_GROUP)), name)
        group.members.extend(members)
        where.groups[group.group_id] = group
        return group

    def template(
        self,
        text: str = "Chào chị <ten>, <noi_dung>",
        *params: Param,
        oa: OA | None = None,
        **fields: Any,
    ) -> Template:
        """Fields as in `Template`; without `params` the two of the default text."""
        number = str(self.world.next_number("template", FIRST_TEMPLATE))
        template = Template(
            template_id=fields.pop("template_id", number),
            name=fields.pop("name", f"Mẫu {number}"),
            text=text,
            params=params or (Param("ten", max_length=30), Param("noi_dung", max_length=200)),
            **fields,
        )
        (oa or self.oa).templates[template.template_id] = template
        return template

    def article(self, *, oa: OA | None = None) -> str:
        """The id of an article that may be broadcast."""
        article_id = self.world.next_text("ARTICLE-")
        (oa or self.oa).articles.add(article_id)
        return article_id

    def admin_says(self, user: User, text: str, *, admin_id: str | None = None) -> None:
        """A human answers her in the OA's own chat tool."""
        consulting.answer_by_hand(self.world, user, text, admin_id=admin_id)
