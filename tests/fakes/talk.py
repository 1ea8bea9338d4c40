"""A dialog on the small bundle: what tests of the interpreter talk to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.channel import Capabilities
from core.policy import Policy
from core.scenario.model import (
    Bundle,
    Level,
)
from core.scenario.rehearsal import Rehearsal
from core.updates import Meaning
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
