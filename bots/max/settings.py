"""What a company says of its MAX bot, checked before anything starts."""

import re
from typing import Literal

from bots.account import Account

DEFAULT_API = "https://platform-api2.max.ru"
_TOKEN = re.compile(r"[!-~]{1,1000}")
_SECRET = re.compile(r"[A-Za-z0-9-]{5,256}")
#: MAX calls no other port.
_PORTS = frozenset({443})


class MaxSettings(Account, frozen=True, kw_only=True):
    """ca_file: PEM file of authorities to believe in the place of the shipped one."""

    secret: str = ""
    mode: Literal["webhook", "polling"] = "webhook"
    api_url: str = DEFAULT_API
    ca_file: str = ""

    def __repr__(self) -> str:
        return f"MaxSettings(name={self.name!r}, mode={self.mode!r})"

    def _problems(self) -> list[str]:
        found = []
        if not _TOKEN.fullmatch(self.token):
            found.append("`token` must be the token of the bot, in one word")
        found += self._call_problems(15)
        if self.mode == "webhook":
            if not _SECRET.fullmatch(self.secret):
                found.append("`secret` must be 5 to 256 of A-Z a-z 0-9 -")
            found += self._address_problems(DEFAULT_API, _PORTS, "https on port 443")
        return found
