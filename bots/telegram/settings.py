"""What a company says of its Telegram bot, checked before anything starts."""

import re
from typing import Literal

from bots.account import Account

DEFAULT_API = "https://api.telegram.org"
#: For calls that carry a file; below the time delivery gives an adapter and half of its lease.
UPLOAD_SECONDS = 24.0
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{5,100}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
#: Telegram calls no other ports.
_PORTS = frozenset({80, 88, 443, 8443})


class TelegramSettings(Account, frozen=True, kw_only=True):
    """proxy: http, socks4 or socks5 address. max_connections: parallel deliveries of the webhook,
    1..100.
    """

    secret: str = ""
    mode: Literal["webhook", "polling"] = "webhook"
    api_url: str = DEFAULT_API
    proxy: str = ""
    max_connections: int = 8

    def __repr__(self) -> str:
        return f"TelegramSettings(name={self.name!r}, mode={self.mode!r})"

    @property
    def bot(self) -> str:
        """The id of the bot; a token made anew keeps it."""
        return self.token.partition(":")[0]

    def _problems(self) -> list[str]:
        found = []
        if not _TOKEN.fullmatch(self.token):
            found.append("`token` does not look like a bot token (digits, a colon, letters)")
        if not 1 <= self.max_connections <= 100:
            found.append("`max_connections` must be between 1 and 100")
        found += self._call_problems(UPLOAD_SECONDS)
        if self.mode == "webhook":
            if not _SECRET.fullmatch(self.secret):
                found.append("`secret` must be 1 to 256 of A-Z a-z 0-9 _ -")
            rule = "https on port 443, 80, 88 or 8443"
            found += self._address_problems(DEFAULT_API, _PORTS, rule)
        return found
