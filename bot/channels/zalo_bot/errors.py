"""What Zalo answered instead of a result. What failed on the way there is `bot.channels.passage`'s.

None of their texts holds the address, because the address holds the token; nor Zalo's description, which may repeat it.
"""


class ZaloBotError(Exception):
    """Zalo, or something in its place, did not do what was asked."""


class Refused(ZaloBotError):  # noqa: N818 - an outcome as much as an error
    """Zalo's own no, by its number; 0 where it named none."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Zalo refused with {number}")
        self.number = number


class ServerTrouble(ZaloBotError):  # noqa: N818
    """A gateway before Zalo answered with this 5xx status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a gateway answered with status {status}")
        self.status = status


class SomebodyElse(ZaloBotError):  # noqa: N818
    """What answered with this status was not Zalo: a firewall's page, a redirect. Zalo never saw the request."""

    def __init__(self, status: int) -> None:
        super().__init__(f"not Zalo, but a page with status {status}")
        self.status = status
