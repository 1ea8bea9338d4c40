"""What refused sends tell of the whole account: a lost right, a used up quota."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from bots.vk.refusals import HOUR, NO_RIGHT
from core.errors import ChannelUnavailable, MessageRejected, RateLimited

log = logging.getLogger(__name__)

#: So many chats within so much time, and it is no longer one chat's own trouble.
CHATS, WITHIN = 3, timedelta(minutes=10)


class Trouble:
    """Kept by one channel over its sends."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._refused: dict[str, datetime] = {}
        self._quota_until: datetime | None = None

    @contextmanager
    def of(self, chat: str) -> Iterator[None]:
        """Around one send. Refusals for want of a right become the token's when they spread."""
        try:
            yield
        except MessageRejected as error:
            if error.code in NO_RIGHT and self._has_spread(chat):
                text = f"error {error.code} in {CHATS} chats: the token lost a right"
                raise ChannelUnavailable("auth", text) from None
            raise
        except RateLimited as error:
            if error.retry_after == HOUR:
                self._quota_until = self._clock() + timedelta(seconds=HOUR)
                log.error("VK's quota is used up (error 29), nothing can be sent for an hour")  # noqa: TRY400  the text says all
            raise
        self._refused.clear()

    def check(self) -> None:
        """Raises RateLimited while the quota is used up, so that the desk is alarmed."""
        if self._quota_until is not None and self._clock() < self._quota_until:
            left = (self._quota_until - self._clock()).total_seconds()
            raise RateLimited(left, "channel")

    def _has_spread(self, chat: str) -> bool:
        now = self._clock()
        self._refused[chat] = now
        self._refused = {key: at for key, at in self._refused.items() if now - at <= WITHIN}
        return len(self._refused) >= CHATS
