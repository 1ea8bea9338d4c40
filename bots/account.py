"""What the settings of an account say whatever the platform, and what may be wrong with it."""

from collections.abc import Container
from urllib.parse import urlsplit

import msgspec

#: Of a platform that calls any.
ANY_PORT = range(1, 65536)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """name: of the channel. public_url: of this installation, without `/webhooks/…`. api_url: of
    the platform, or of a server that speaks the same. timeout: seconds for one call.
    """

    name: str
    token: str
    public_url: str = ""
    api_url: str
    timeout: float = 15.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"

    @property
    def webhook_url(self) -> str:
        """Where the platform is to call us."""
        return f"{self.public_url.rstrip('/')}/webhooks/{self.name}"

    def problems(self) -> list[str]:
        """Everything that is wrong, one sentence each."""
        return [f"channel {self.name}: {problem}" for problem in self._problems()]

    def _problems(self) -> list[str]:
        """The same without the name of the channel; a platform adds what it asks for."""
        return []

    def _call_problems(self, seconds: float) -> list[str]:
        """What is wrong with the way out. seconds: how long a call may take at the most."""
        found = []
        if not 0 < self.timeout <= seconds:
            found.append(f"`timeout` must be above 0 and at most {seconds} seconds")
        if urlsplit(self.api_url).scheme not in ("http", "https"):
            found.append("`api_url` must begin with https:// or http://")
        return found

    def _address_problems(self, official: str, ports: Container[int], rule: str) -> list[str]:
        """What is wrong with the way in. official: the `api_url` of the platform itself, which
        calls https on these ports alone; rule: that in words."""
        try:
            url = urlsplit(self.public_url)
            port = url.port or 443
        except ValueError:
            return ["`public_url` has no valid port"]
        if url.scheme not in ("http", "https") or not url.hostname:
            return ["`public_url` must be the https:// address of this installation"]
        if self.api_url == official and (url.scheme != "https" or port not in ports):
            return [f"`public_url` must be {rule}"]
        return []
