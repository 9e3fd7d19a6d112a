"""What an announcement consists of besides its texts, as it is kept with the broadcast and copied to each of its runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.channels.contract import Attachment, FileKind
from bot.store.tables.broadcasts import Route

MOST_ANSWERS = 4


class Otherwise(StrEnum):
    """What becomes of somebody in whose language nothing is written."""

    VIETNAMESE = "vietnamese"  # She gets the Vietnamese text.
    LEAVE_OUT = "leave_out"


class Rule(StrEnum):
    """By what the better one of two texts is known."""

    ANSWERED = "answered"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True)
class Trial:
    """Two texts: each goes to `share` per cent, after `hours` the better one goes to the rest."""

    texts: Mapping[str, str]  # The second text, by language.
    share: int
    rule: Rule
    hours: int

    def to_json(self) -> dict[str, Any]:
        return {"texts": dict(self.texts), "share": self.share, "rule": self.rule, "hours": self.hours}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Trial":
        return cls(stored["texts"], stored["share"], Rule(stored["rule"]), stored["hours"])


@dataclass(frozen=True, slots=True)
class Approved:
    """A wording that a platform has approved, for those whom our own words do not reach. Values may hold merge fields."""

    account_id: int
    template_id: str
    values: Mapping[str, str]
    by_phone: bool = False  # Also to the phone numbers of members who never wrote to us.
    longest: Mapping[str, int] = field(
        default_factory=dict
    )  # Letters that the platform lets stand in a value.

    def to_json(self) -> dict[str, Any]:
        return {
            "account": self.account_id,
            "template": self.template_id,
            "values": dict(self.values),
            "by_phone": self.by_phone,
            "longest": dict(self.longest),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Approved":
        return cls(
            stored["account"],
            stored["template"],
            stored["values"],
            stored["by_phone"],
            stored.get("longest", {}),
        )


@dataclass(frozen=True, slots=True)
class Post:
    """One post that many see: in a group, or to all followers of an account."""

    account_id: int
    route: Route  # ARTICLE or GROUP
    target: str  # The group's address, or the article's id.
    name: str

    def to_json(self) -> list[Any]:
        return [self.account_id, self.route.value, self.target, self.name]

    @classmethod
    def from_json(cls, stored: list[Any]) -> "Post":
        return cls(stored[0], Route(stored[1]), stored[2], stored[3])


@dataclass(frozen=True, slots=True)
class Content:
    """Everything but the texts."""

    otherwise: Otherwise = Otherwise.VIETNAMESE
    answers: tuple[Mapping[str, str], ...] = ()  # Each by language; picked by their number, from 1.
    attachment: Attachment | None = None
    counts_clicks: bool = False  # Its links go through our own address.
    trial: Trial | None = None
    approved: Approved | None = None
    posts: tuple[Post, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = {"otherwise": self.otherwise.value}
        if self.answers:
            stored["answers"] = [dict(answer) for answer in self.answers]
        if self.attachment:
            stored["attachment"] = [self.attachment.kind.value, self.attachment.file_id]
        if self.counts_clicks:
            stored["counts_clicks"] = True
        if self.trial:
            stored["trial"] = self.trial.to_json()
        if self.approved:
            stored["approved"] = self.approved.to_json()
        if self.posts:
            stored["posts"] = [post.to_json() for post in self.posts]
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Content":
        """What `to_json` made; `{}` is an announcement of nothing but texts."""
        attachment, trial, approved = stored.get("attachment"), stored.get("trial"), stored.get("approved")
        return cls(
            otherwise=Otherwise(stored.get("otherwise", Otherwise.VIETNAMESE)),
            answers=tuple(stored.get("answers", ())),
            attachment=Attachment(FileKind(attachment[0]), attachment[1]) if attachment else None,
            counts_clicks=stored.get("counts_clicks", False),
            trial=Trial.from_json(trial) if trial else None,
            approved=Approved.from_json(approved) if approved else None,
            posts=tuple(Post.from_json(post) for post in stored.get("posts", ())),
        )
