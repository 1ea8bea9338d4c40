"""aiohttp's way through a proxy. Imported only where one is named."""

from typing import Any

from aiohttp import ClientError
from aiohttp_socks import ProxyConnector, ProxyError


class Proxied(ProxyConnector):
    """Whatever fails before there is a connection proves that no byte of the request left.

    The library lets a proxy that hangs up, and TLS that fails behind one, out as if a connection
    had been lost."""

    async def connect(self, *arguments: Any, **named: Any) -> Any:
        """As aiohttp's."""
        try:
            return await super().connect(*arguments, **named)
        except (ClientError, TimeoutError):  # tell by themselves what they prove
            raise
        except (OSError, EOFError) as error:
            raise ProxyError(type(error).__name__) from None
