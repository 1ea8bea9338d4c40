"""What a company says of its VK community, checked before anything starts."""

import re
from typing import Literal

from bots.account import ANY_PORT, Account

DEFAULT_API = "https://api.vk.ru"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,50}")


class VkSettings(Account, frozen=True, kw_only=True):
    """group_id: of the community, without a sign. confirmation: the string VK wants to hear from a
    new address; fetched when empty. intent: of messages sent later than VK allows plain ones.
    comments: whether comments under the community's posts are answered.
    """

    group_id: int
    secret: str = ""
    confirmation: str = ""
    mode: Literal["webhook", "polling"] = "webhook"
    api_url: str = DEFAULT_API
    intent: str = ""
    comments: bool = False

    def __repr__(self) -> str:
        return f"VkSettings(name={self.name!r}, group_id={self.group_id}, mode={self.mode!r})"

    @property
    def method_url(self) -> str:
        """What the name of a method is appended to."""
        base = self.api_url.rstrip("/")
        return f"{base}/" if base.endswith("/method") else f"{base}/method/"

    def _problems(self) -> list[str]:
        found = []
        if not self.token:
            found.append("`token` is empty; make one in the community's settings, «API usage»")
        if self.group_id <= 0:
            found.append("`group_id` must be the number of the community, without a minus")
        found += self._call_problems(24)
        if self.mode == "webhook":
            if not _SECRET.fullmatch(self.secret):
                found.append("`secret` must be 1 to 50 of A-Z a-z 0-9 _ -")
            rule = "https, because VK sends the secret in plain text"
            found += self._address_problems(DEFAULT_API, ANY_PORT, rule)
        return found
