"""What Zalo answered instead of data. What failed on the way there is `bot.channels.passage`'s.

None of their texts holds a token, nor Zalo's own words, which vary and may repeat what was sent.
"""

from datetime import timedelta


class ZaloOAError(Exception):
    """Zalo, or something in its place, did not do what was asked."""


class Refused(ZaloOAError):  # noqa: N818 - an outcome as much as an error
    """Zalo's own no, by its number. The host for sending by phone (`is_business`) has a table of its own."""

    def __init__(self, code: int, *, is_business: bool = False) -> None:
        super().__init__(f"Zalo refused with {code}{' (by phone)' if is_business else ''}")
        self.code = code
        self.is_business = is_business


class ServerTrouble(ZaloOAError):  # noqa: N818
    """A gateway before Zalo answered with this 5xx status: what was asked may have been done or not."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a gateway answered with status {status}")
        self.status = status


class SomebodyElse(ZaloOAError):  # noqa: N818
    """What answered with this status was not Zalo: a firewall's page, a redirect. Zalo never saw the request."""

    def __init__(self, status: int) -> None:
        super().__init__(f"not Zalo, but a page with status {status}")
        self.status = status


class NeedsAuthorization(ZaloOAError):  # noqa: N818
    """There is no permission (any more): an officer has to connect the account again. Nothing was called."""

    def __init__(self) -> None:
        super().__init__("the account is not connected")


class Throttled(ZaloOAError):  # noqa: N818
    """The calls of this minute are used up: nothing was called."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"no call for {wait.total_seconds():.1f} s")
        self.wait = wait
