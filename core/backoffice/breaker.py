"""A circuit breaker: after failures in a row nobody is asked for a while, then one call tries.

Pure: the caller brings the time, monotonic seconds.
"""

from typing import Literal

State = Literal["closed", "open", "trying"]


class Breaker:
    """failures: in a row, before the circuit opens. cooldown: seconds until the first try; each
    failed try doubles it, up to `longest`."""

    def __init__(self, *, failures: int = 5, cooldown: float = 5.0, longest: float = 120.0) -> None:
        self._limit = failures
        self._first = cooldown
        self._longest = longest
        self._failed = 0
        self._cooldown = cooldown
        self._open_until: float | None = None
        self._is_trying = False

    def state(self, now: float) -> State:
        """closed: calls go. open: none goes. trying: one may go, or is under way."""
        if self._open_until is None:
            return "closed"
        return "open" if now < self._open_until else "trying"

    def allows(self, now: float) -> bool:
        """Whether a call may go now. A True is followed by exactly one of the three below."""
        state = self.state(now)
        if state == "trying" and not self._is_trying:
            self._is_trying = True
            return True
        return state == "closed"

    def succeeded(self) -> None:
        """The call came back, be it with a refusal: the other side lives."""
        self._failed = 0
        self._cooldown = self._first
        self._open_until = None
        self._is_trying = False

    def failed(self, now: float) -> None:
        """No answer, or nonsense."""
        self._failed += 1
        if self._is_trying:
            self._cooldown = min(self._cooldown * 2, self._longest)
        elif self._open_until is not None or self._failed < self._limit:
            return  # too few yet, or a call that began before the circuit opened
        self._is_trying = False
        self._open_until = now + self._cooldown

    def abandoned(self) -> None:
        """The caller gave up before an answer: nothing is known, the next one may try."""
        self._is_trying = False
