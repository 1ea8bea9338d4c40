"""What a company says of its VK community, checked before anything starts."""

import re
from typing import Literal
from urllib.parse import urlsplit

import msgspec

DEFAULT_API = "https://api.vk.ru"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,50}")


class VkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """name: of the channel. group_id: of the community, without a sign. confirmation: the string
    VK wants to hear from a new address; fetched when empty. public_url: of this installation,
    without `/webhooks/…`. intent: of messages sent later than VK allows plain ones. comments:
    whether comments under the community's posts are answered. timeout: seconds for one call.
    """

    name: str
    token: str
    group_id: int
    secret: str = ""
    confirmation: str = ""
    mode: Literal["webhook", "polling"] = "webhook"
    public_url: str = ""
    api_url: str = DEFAULT_API
    intent: str = ""
    comments: bool = False
    timeout: float = 15.0

    def __repr__(self) -> str:
        return f"VkSettings(name={self.name!r}, group_id={self.group_id}, mode={self.mode!r})"

    @property
    def webhook_url(self) -> str:
        """Where VK is to call us."""
        return f"{self.public_url.rstrip('/')}/webhooks/{self.name}"

    @property
    def method_url(self) -> str:
        """What the name of a method is appended to."""
        base = self.api_url.rstrip("/")
        return f"{base}/" if base.endswith("/method") else f"{base}/method/"

    def problems(self) -> list[str]:
        """Everything that is wrong, one sentence each."""
        found = []
        if not self.token:
            found.append("`token` is empty; make one in the community's settings, «API usage»")
        if self.group_id <= 0:
            found.append("`group_id` must be the number of the community, without a minus")
        if not 0 < self.timeout <= 24:
            found.append("`timeout` must be above 0 and at most 24 seconds")
        if urlsplit(self.api_url).scheme not in ("http", "https"):
            found.append("`api_url` must begin with https:// or http://")
        if self.mode == "webhook":
            found += self._webhook_problems()
        return [f"channel {self.name}: {problem}" for problem in found]

    def _webhook_problems(self) -> list[str]:
        found = []
        if not _SECRET.fullmatch(self.secret):
            found.append("`secret` must be 1 to 50 of A-Z a-z 0-9 _ -")
        url = urlsplit(self.public_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            found.append("`public_url` must be the https:// address of this installation")
        elif self.api_url == DEFAULT_API and url.scheme != "https":
            # the secret travels in the body as it is
            found.append("`public_url` must be https, because VK sends the secret in plain text")
        return found
