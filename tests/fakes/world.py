"""What turns ask for beside the dialog, for tests that run a dispatcher."""

from collections.abc import Callable

from core.scenario.model import Bundle
from core.updates import Meaning


class Shelf:
    """One bundle; see handlers.world.Bundles. at_once: no turn has to wait for it."""

    def __init__(self, bundle: Callable[[], Bundle], *, at_once: bool = False) -> None:
        self._bundle = bundle
        self._at_once = at_once

    async def of(self, name: str) -> Bundle | None:
        """The bundle, if it is that one."""
        bundle = self._bundle()
        return bundle if name == bundle.hash else None

    def at_hand(self, name: str) -> Bundle | None:
        """The same for a turn that cannot wait."""
        bundle = self._bundle()
        return bundle if self._at_once and name == bundle.hash else None


class Meant:
    """A classifier; see handlers.world.Meanings. at_once: no turn has to wait for it."""

    def __init__(self, means: Callable[[Bundle, str], Meaning], *, at_once: bool = False) -> None:
        self._means = means
        self._at_once = at_once

    async def __call__(self, bundle: Bundle, text: str) -> Meaning:
        """What the text means."""
        return self._means(bundle, text)

    def at_hand(self, bundle: Bundle, text: str) -> Meaning | None:
        """The same for a turn that cannot wait."""
        return self._means(bundle, text) if self._at_once else None
