"""One account of pigeon post as a channel: one request per call, one error per refusal."""

from typing import Any, NoReturn

from bots.transport import Replied, Transport
from core.channel import Capabilities, Finding, Letter, Sent, Tried
from core.content import Media
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    RecipientGone,
)
from tests.example_platform.capabilities import CAPABILITIES
from tests.example_platform.render import render


class PigeonChannel:
    """A Channel. webhook_url: where the service is to call us. signature: free words that stand
    below each letter, empty for none."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(
        self,
        name: str,
        transport: Transport,
        *,
        api_url: str,
        token: str,
        secret: str,
        webhook_url: str,
        signature: str = "",
    ) -> None:
        self.name = name
        self._transport = transport
        self._api_url = api_url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._secret = secret
        self._webhook_url = webhook_url
        self._signature = signature

    async def send(self, letter: Letter) -> Sent:
        """See core.channel.Channel."""
        body = {"to": letter.address, "key": f"{self.name}:{letter.id}", "sign": self._signature}
        answer = await self._call("POST", "letters", body | render(letter.content, CAPABILITIES))
        if not isinstance(answer.get("id"), str):
            raise DeliveryUnknown("the answer names no letter")
        return Sent(platform_id=answer["id"])

    async def find_sent(self, tried: Tried) -> None:
        """See core.channel.Channel. Never asked: the key settles it."""

    async def acknowledge(self, callback_id: str) -> None:
        """See core.channel.Channel. Nothing waits for it."""

    async def retire_options(self, address: str, platform_id: str) -> None:
        """See core.channel.Channel. What a pigeon brought stays."""

    async def typing(self, address: str) -> None:
        """See core.channel.Channel. Nobody sees a pigeon fly."""

    async def download(self, media: Media) -> bytes:
        """See core.channel.Channel."""
        raise MessageRejected("no_file", "pigeons carry words only")

    async def health(self) -> tuple[Finding, ...]:
        """See core.channel.Channel."""
        try:
            registered = await self._webhook()
        except ChannelError as error:
            remedy = "Check `token` and `api_url`."
            return (Finding(level="FAIL", text=str(error), remedy=remedy),)
        if registered != self._webhook_url:
            remedy = "Run `otklik doctor --fix`, or restart this process."
            return (Finding(level="FAIL", text="the webhook points elsewhere", remedy=remedy),)
        return (Finding(level="OK", text="webhook=set"),)

    async def register(self) -> None:
        """Tells the service where we are. Raises ChannelError."""
        body = {"url": self._webhook_url, "secret": self._secret}
        await self._call("PUT", "webhook", body)

    async def watch(self) -> bool:
        """Registers again when the service forgot; whether it had to. Raises ChannelError."""
        if await self._webhook() == self._webhook_url:
            return False
        await self.register()
        return True

    async def close(self) -> None:
        """See core.channel.Channel. The connections are the process's."""

    async def _webhook(self) -> str:
        return str((await self._call("GET", "webhook")).get("url", ""))

    async def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = await self._transport.call(
            method, f"{self._api_url}/{path}", json=body, headers=self._headers
        )
        if answer.status != 200:
            _refuse(answer)
        value = answer.json()
        if not isinstance(value, dict):
            raise DeliveryUnknown("the answer is no object")
        return value


def _refuse(answer: Replied) -> NoReturn:
    """What each status means; the service promises nothing of a 5xx."""
    value = answer.json()
    told = value if isinstance(value, dict) else {}
    if answer.status == 401:
        raise ChannelUnavailable("auth", "http 401")
    if answer.status == 410:
        raise RecipientGone("blocked")
    if answer.status == 429:
        wait = told.get("wait")
        raise RateLimited(float(wait) if isinstance(wait, int) else None, "channel")
    if answer.status == 400:
        raise MessageRejected("400", str(told.get("why", ""))[:200])
    raise DeliveryUnknown(f"http {answer.status}")
