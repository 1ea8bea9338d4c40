"""What a company says of its Telegram bot, checked before anything starts."""

import re
from typing import Literal
from urllib.parse import urlsplit

import msgspec

DEFAULT_API = "https://api.telegram.org"
#: For calls that carry a file; below the time delivery gives an adapter and half of its lease.
UPLOAD_SECONDS = 24.0
_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{5,100}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
#: Telegram calls no other ports.
_PORTS = frozenset({80, 88, 443, 8443})


class TelegramSettings(msgspec.Struct, frozen=True, kw_only=True):
    """name: of the channel. public_url: of this installation, without `/webhooks/…`.

    api_url: a Bot API server of one's own. proxy: http, socks4 or socks5 address.
    max_connections: parallel deliveries of the webhook, 1..100. timeout: seconds for one call.
    """

    name: str
    token: str
    secret: str = ""
    mode: Literal["webhook", "polling"] = "webhook"
    public_url: str = ""
    api_url: str = DEFAULT_API
    proxy: str = ""
    max_connections: int = 8
    timeout: float = 15.0

    def __repr__(self) -> str:
        return f"TelegramSettings(name={self.name!r}, mode={self.mode!r})"

    @property
    def webhook_url(self) -> str:
        """Where Telegram is to call us."""
        return f"{self.public_url.rstrip('/')}/webhooks/{self.name}"

    def problems(self) -> list[str]:
        """Everything that is wrong, one sentence each."""
        found = []
        if not _TOKEN.fullmatch(self.token):
            found.append("`token` does not look like a bot token (digits, a colon, letters)")
        if not 1 <= self.max_connections <= 100:
            found.append("`max_connections` must be between 1 and 100")
        if not 0 < self.timeout <= UPLOAD_SECONDS:
            found.append(f"`timeout` must be above 0 and at most {UPLOAD_SECONDS} seconds")
        if urlsplit(self.api_url).scheme not in ("http", "https"):
            found.append("`api_url` must begin with https:// or http://")
        if self.mode == "webhook":
            found += self._webhook_problems()
        return [f"channel {self.name}: {problem}" for problem in found]

    def _webhook_problems(self) -> list[str]:
        found = []
        if not _SECRET.fullmatch(self.secret):
            found.append("`secret` must be 1 to 256 of A-Z a-z 0-9 _ -")
        try:
            url = urlsplit(self.public_url)
            port = url.port or 443
        except ValueError:
            return [*found, "`public_url` has no valid port"]
        if url.scheme not in ("http", "https") or not url.hostname:
            found.append("`public_url` must be the https:// address of this installation")
        elif self.api_url == DEFAULT_API and (url.scheme != "https" or port not in _PORTS):
            found.append("`public_url` must be https on port 443, 80, 88 or 8443")
        return found
