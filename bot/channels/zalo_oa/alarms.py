"""What somebody should look at among Zalo's refusals, said once an hour; and which messages got a number nobody knows."""

from collections import OrderedDict
from datetime import datetime, timedelta

import structlog

from bot.channels.zalo_oa.errors import Refused

log = structlog.get_logger()

_EVERY = timedelta(hours=1)
_MOST = 1000


class Alarms:
    """Of one account, in this process."""

    def __init__(self, account_id: int) -> None:
        self._log = log.bind(account=account_id)
        self._said: dict[tuple[int, bool], datetime] = {}
        self._met: OrderedDict[str, None] = OrderedDict()

    def sound(self, refused: Refused, code: str, now: datetime) -> None:
        """Names Zalo's number and our code; a whole announcement that is refused is one line."""
        which = (refused.code, refused.is_business)
        said = self._said.get(which)
        if said is None or now - said >= _EVERY:
            self._said[which] = now
            self._log.error("zalo_oa_refused", number=refused.code, by_phone=refused.is_business, code=code)

    def has_met(self, key: str) -> bool:
        """Whether this message got an unknown number before; from now on it has."""
        if key in self._met:
            del self._met[key]
            return True
        self._met[key] = None
        if len(self._met) > _MOST:
            self._met.popitem(last=False)
        return False
