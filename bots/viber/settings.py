"""What a company says of its Viber bot, checked before anything starts."""

import re
from urllib.parse import urlsplit

import msgspec

from bots.viber.capabilities import SENDER_NAME

DEFAULT_API = "https://chatapi.viber.com/pa"
#: Below the time delivery gives an adapter, and twice of it below half of a lease: a message may
#: be rendered and sent once more.
TIMEOUT = 12.0
_TOKEN = re.compile(r"[!-~]{8,200}")
_AVATAR = 1000


class ViberSettings(msgspec.Struct, frozen=True, kw_only=True):
    """name: of the channel. public_url: of this installation, without `/webhooks/…`.

    sender_name, sender_avatar: how messages are signed; empty: the channel's name, no picture.
    api_url: of another server that speaks the same. timeout: seconds for one call.
    """

    name: str
    token: str
    sender_name: str = ""
    sender_avatar: str = ""
    public_url: str = ""
    api_url: str = DEFAULT_API
    timeout: float = TIMEOUT

    def __repr__(self) -> str:
        return f"ViberSettings(name={self.name!r})"

    @property
    def webhook_url(self) -> str:
        """Where Viber is to call us."""
        return f"{self.public_url.rstrip('/')}/webhooks/{self.name}"

    @property
    def sender(self) -> dict[str, str]:
        """Who messages come from."""
        name = self.sender_name or self.name[:SENDER_NAME]
        return {"name": name, **({"avatar": self.sender_avatar} if self.sender_avatar else {})}

    def problems(self) -> list[str]:
        """Everything that is wrong, one sentence each."""
        found = []
        if not _TOKEN.fullmatch(self.token):
            found.append(
                "`token` must be the app key of the bot, letters and digits without blanks"
            )
        if len(self.sender_name) > SENDER_NAME:
            found.append(f"`sender_name` must be at most {SENDER_NAME} characters")
        if len(self.sender_avatar) > _AVATAR:
            found.append(f"`sender_avatar` must be at most {_AVATAR} characters")
        if not 0 < self.timeout <= TIMEOUT:
            found.append(f"`timeout` must be above 0 and at most {TIMEOUT} seconds")
        if urlsplit(self.api_url).scheme not in ("http", "https"):
            found.append("`api_url` must begin with https:// or http://")
        return [f"channel {self.name}: {problem}" for problem in [*found, *self._url_problems()]]

    def _url_problems(self) -> list[str]:
        try:
            url = urlsplit(self.public_url)
            port = url.port or 443
        except ValueError:
            return ["`public_url` has no valid port"]
        if url.scheme not in ("http", "https") or not url.hostname:
            return ["`public_url` must be the https:// address of this installation"]
        if self.api_url == DEFAULT_API and (url.scheme != "https" or port != 443):
            return ["`public_url` must be https on port 443, with a certificate of a public CA"]
        return []
