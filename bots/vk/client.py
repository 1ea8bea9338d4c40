"""One call of the VK API through vkbottle, ending in a result or in a ChannelError.

The only file that imports vkbottle: import it only when a VK channel is configured.
"""

import atexit
import logging
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import ClientTimeout

from bots.transport import CALL, Transport
from bots.vk.capabilities import API_VERSION
from bots.vk.refusals import result_of
from core.errors import ChannelError, DeliveryUnknown, MessageRejected

# Importing vkbottle puts a printer of its own in place of Python's warnings and writes on stderr.
_showwarning = warnings.showwarning
from vkbottle import (  # noqa: E402  see above
    API,
    ABCRequestRescheduler,
    ABCResponseValidator,
    AiohttpClient,
)

warnings.showwarning = _showwarning
_library = logging.getLogger("vkbottle")
_library.handlers.clear()
_library.setLevel(logging.WARNING)  # on DEBUG it writes down what customers say


class Answer(str):
    """The text of an answer that knows its HTTP status, which vkbottle does not ask for."""

    status: int = 200


class SharedClient(AiohttpClient):
    """vkbottle's HTTP over the one session of the process, which stays open when vkbottle ends.

    limit: of one call."""

    def __init__(self, transport: Transport, limit: ClientTimeout) -> None:
        super().__init__()
        atexit.unregister(self.close_connector)  # it would keep every client until the end
        self._transport = transport
        self._limit = limit

    async def request_text(
        self,
        url: str,
        method: str = "POST",
        data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> str:
        """The answer to one request. The token travels in the body: addresses are logged."""
        fields = {**(data or {}), **kwargs.get("params", {})}
        form = {name: str(value) for name, value in fields.items()}
        replied = await self._transport.call(method, url, form=form, timeout=self._limit)
        answer = Answer(replied.body.decode("utf-8", "replace"))
        answer.status = replied.status
        return answer

    async def close(self) -> None:
        """Nothing: the session belongs to the process."""


class _Judge(ABCResponseValidator):
    """Our own reading of every answer. vkbottle's asks again after a page of HTML, trips over a
    captcha without a number, and its exceptions hold the customer's words."""

    async def validate(self, method: str, data: Any, response: Any, ctx_api: Any) -> Any:
        status = response.status if isinstance(response, Answer) else 200
        return {"response": result_of(status, str(response))}


class NoRescheduler(ABCRequestRescheduler):
    """A call is made once; vkbottle would sleep and send the message again."""

    async def reschedule(
        self, ctx_api: Any, method: str, data: dict[str, Any], recent_response: Any
    ) -> dict[str, Any]:
        """Raises, whatever it was."""
        raise DeliveryUnknown("an unknown response")


class Client:
    """The API of one community."""

    def __init__(
        self,
        token: str,
        method_url: str,
        transport: Transport,
        seconds: float = 15.0,
        counted: Callable[[], None] = lambda: None,
    ) -> None:
        """seconds: for one call. counted: told of each."""
        self.transport = transport
        self._counted = counted
        limit = ClientTimeout(total=seconds, sock_connect=min(seconds, CALL.sock_connect or 5))
        self._api = API(
            token,
            http_client=SharedClient(transport, limit),
            request_rescheduler=NoRescheduler(),
        )
        self._api.API_URL = method_url
        self._api.response_validators = [_Judge()]

    async def call(self, method: str, arguments: Mapping[str, Any]) -> Any:
        """What `response` holds. Raises ChannelError.

        A message without a key would be doubled by a repeat, so it is not sent at all."""
        if method == "messages.send" and not arguments.get("random_id"):
            raise MessageRejected("random_id", "a message needs a key that is not 0")
        self._counted()
        try:
            # vkbottle writes into the dictionary it is given
            answer = await self._api.request(method, dict(arguments), API_VERSION)
        except ChannelError:
            raise
        except Exception as error:  # its text may hold what was sent
            raise DeliveryUnknown(type(error).__name__) from None
        return answer["response"]
