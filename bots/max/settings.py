"""What a company says of its MAX bot, checked before anything starts."""

import re
from typing import Literal
from urllib.parse import urlsplit

import msgspec

DEFAULT_API = "https://platform-api2.max.ru"
_TOKEN = re.compile(r"[!-~]{1,1000}")
_SECRET = re.compile(r"[A-Za-z0-9-]{5,256}")
#: MAX calls no other port.
_PORT = 443


class MaxSettings(msgspec.Struct, frozen=True, kw_only=True):
    """name: of the channel. public_url: of this installation, without `/webhooks/…`.

    ca_file: PEM file of authorities to believe in the place of the shipped one. timeout: seconds
    for one call.
    """

    name: str
    token: str
    secret: str = ""
    mode: Literal["webhook", "polling"] = "webhook"
    public_url: str = ""
    api_url: str = DEFAULT_API
    ca_file: str = ""
    timeout: float = 15.0

    def __repr__(self) -> str:
        return f"MaxSettings(name={self.name!r}, mode={self.mode!r})"

    @property
    def webhook_url(self) -> str:
        """Where MAX is to call us."""
        return f"{self.public_url.rstrip('/')}/webhooks/{self.name}"

    def problems(self) -> list[str]:
        """Everything that is wrong, one sentence each."""
        found = []
        if not _TOKEN.fullmatch(self.token):
            found.append("`token` must be the token of the bot, in one word")
        if not 0 < self.timeout <= 15:
            found.append("`timeout` must be above 0 and at most 15 seconds")
        if urlsplit(self.api_url).scheme not in ("http", "https"):
            found.append("`api_url` must begin with https:// or http://")
        if self.mode == "webhook":
            found += self._webhook_problems()
        return [f"channel {self.name}: {problem}" for problem in found]

    def _webhook_problems(self) -> list[str]:
        found = []
        if not _SECRET.fullmatch(self.secret):
            found.append("`secret` must be 5 to 256 of A-Z a-z 0-9 -")
        try:
            url = urlsplit(self.public_url)
            port = url.port or _PORT
        except ValueError:
            return [*found, "`public_url` has no valid port"]
        if url.scheme not in ("http", "https") or not url.hostname:
            found.append("`public_url` must be the https:// address of this installation")
        elif self.api_url == DEFAULT_API and (url.scheme != "https" or port != _PORT):
            found.append("`public_url` must be https on port 443")
        return found
