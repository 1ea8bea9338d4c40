"""How a neutral message shrinks to what a platform can show: one in, one or more out."""

from core.channel import Capabilities
from core.content import Outgoing


def fitted(content: Outgoing, capabilities: Capabilities) -> tuple[Outgoing, ...]:
    """The messages, in order, that carry `content` within the limits of `capabilities`.

    Each result is one platform message. Options go with the last one; where the platform cannot
    show them as buttons they become a numbered list in its text and `numbered` is set.
    """
    del capabilities
    return (content,)
