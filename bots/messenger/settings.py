"""What a company says of its Facebook page, checked before anything starts."""

import re
from urllib.parse import urlsplit

from bots.account import Account

DEFAULT_API = "https://graph.facebook.com"
DEFAULT_VERSION = "v25.0"
#: For calls that carry a file; below the time delivery gives an adapter and half of its lease.
UPLOAD_SECONDS = 24.0
_VERSION = re.compile(r"v[0-9]{1,3}\.[0-9]")


class MessengerSettings(Account, frozen=True, kw_only=True):
    """token: of the page. app_secret: of the app, signs what comes in. verify_token: made up by the
    company, repeated by Facebook when the webhook's address is entered. human_agent: Meta granted
    operators seven days to answer.
    """

    page_id: str
    app_secret: str
    verify_token: str
    api_url: str = DEFAULT_API
    api_version: str = DEFAULT_VERSION
    human_agent: bool = False

    def __repr__(self) -> str:
        return f"MessengerSettings(name={self.name!r}, page_id={self.page_id!r})"

    @property
    def base(self) -> str:
        """The address below which all calls lie."""
        return f"{self.api_url.rstrip('/')}/{self.api_version}"

    @property
    def own_host(self) -> tuple[str, ...]:
        """A server that stands in for Facebook's also keeps the files."""
        return () if self.api_url == DEFAULT_API else (urlsplit(self.api_url).netloc,)

    def _problems(self) -> list[str]:
        found = []
        if not (self.page_id.isascii() and self.page_id.isdigit()):
            found.append("`page_id` must be the number of the page")
        for field in ("token", "app_secret", "verify_token"):
            value = getattr(self, field)
            if not value or not value.isascii() or not value.isprintable() or " " in value:
                found.append(f"`{field}` must be letters, digits and signs without spaces")
        if not _VERSION.fullmatch(self.api_version):
            found.append(f"`api_version` must look like {DEFAULT_VERSION}")
        found += self._call_problems(UPLOAD_SECONDS)
        if self.api_url == DEFAULT_API and urlsplit(self.public_url).scheme != "https":
            found.append("`public_url` must be the https:// address of this installation")
        return found
