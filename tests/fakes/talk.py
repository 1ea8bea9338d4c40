"""A dialog on the small bundle: what tests of the interpreter talk to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.channel import Capabilities
from core.effects import Call
from core.policy import Policy
from core.scenario.model import (
    Bundle,
    Level,
)
from core.scenario.rehearsal import Rehearsal
from core.updates import AnyUpdate, CallFailed, CallReturned, Meaning, TimerFired
from tests.fakes.bundles import SERVICES, small_bundle

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
BUTTONS = Capabilities(platform="test", inline_row=1, inline_rows=20, inline_total=20, text=4096)
NO_BUTTONS = Capabilities(platform="plain", text=4096)


def surely(name: str, confidence: float = 0.95) -> Meaning:
    """A meaning the classifier is sure of."""
    return Meaning(zone="answer", best=name, ranked=((name, confidence),), answer_from=0.5)


def perhaps(*names: str) -> Meaning:
    """A meaning that needs a question."""
    return Meaning(
        zone="suggest", best=names[0], ranked=tuple((name, 0.3) for name in names), answer_from=0.5
    )


NOTHING = Meaning(zone="rephrase", best="oos")


def stage(
    meanings: Mapping[str, Meaning] | None = None,
    *,
    bundle: Bundle | None = None,
    services: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    capabilities: Capabilities = BUTTONS,
    level: Level = "anonymous",
    lang: str = "ru",
) -> Rehearsal:
    """A new dialog on the small bundle. meanings: text -> what the classifier says of it.
    level: what the customer already has for account 77001234."""
    known = dict(meanings or {})
    return Rehearsal(
        bundle or small_bundle(),
        capabilities=capabilities,
        policy=Policy(),
        meaning=lambda text: known.get(text, NOTHING),
        services={**SERVICES, **(services or {})},
        now=NOW,
        lang=lang,
        grants={"77001234": level} if level != "anonymous" else {},
    )


def said(talk: Rehearsal) -> str:
    """Everything the bot said since the customer's last action, as one text."""
    return "\n".join(message.text for message in talk.said)


def tell(talk: Rehearsal, *lines: str) -> str:
    """The customer writes lines, or presses buttons named `[key]`; what the last one brought."""
    for line in lines:
        talk.listen()
        if line.startswith("[") and line.endswith("]"):
            assert talk.press(line[1:-1]), f"no button {line}: {[o.key for o in talk.shown()]}"
        else:
            talk.write(line)
    return said(talk)


class SlowServices(Rehearsal):
    """A dialog whose services answer only when the test says so."""

    def _answered(self, call: Call) -> AnyUpdate:
        self.under_way = call
        return TimerFired(kind="nobody", gen=0)

    under_way: Call

    def answer(self, result: dict[str, Any] | None = None, error: str = "") -> str:
        """The call under way comes back; what the bot says to it."""
        self.listen()
        key = self.under_way.key
        self.receive(
            CallFailed(key=key, name=error) if error else CallReturned(key=key, result=result or {})
        )
        return said(self)


def slowly(meanings: Mapping[str, Meaning], **more: Any) -> SlowServices:
    """A new dialog, as `stage` makes it, on services that take their time."""
    quick = stage(meanings, **more)
    slow = SlowServices.__new__(SlowServices)
    slow.__dict__.update(quick.__dict__)
    return slow
