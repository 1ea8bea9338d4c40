"""What a platform's form costs: an event of a customer read, a message with buttons written.

Both are pure, so they are measured alone: no HTTP, no signature, no database.
"""

import json
import timeit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from core.channel import Capabilities
from core.content import Option, Outgoing
from core.fitting import fitted
from core.ingress import json_object

#: A message of a customer, as each platform would POST it.
EVENTS: Mapping[str, Any] = json.loads(Path(__file__).with_name("events.json").read_text("utf-8"))
#: The aim: neither may take longer.
MOST_US = 200
_REPEATS = 5
_CALLS = 1000

_MENU = Outgoing(
    text="Помогу с паролем, балансом и тарифами. Если нужен человек, позову оператора.\n\n"
    "Выберите, что вас интересует, или напишите вопрос своими словами:",
    options=tuple(
        Option(key=f"k{n}", label=label, token=f"o{n:010}")
        for n, label in enumerate(
            ("Восстановить пароль", "Скорость и тарифы", "Баланс и долг", "Позвать оператора")
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one platform, µs a message: from bytes to our update, and from our message that fits to
    the arguments of a request."""

    platform: str
    parse_us: float
    render_us: float


def measured(calls: int | None = None) -> list[Cost]:
    """Every platform that ships. calls: of each function in one of the five runs, whose best
    counts, since what else the machine does only ever adds."""
    return [
        Cost(name, _microseconds(reader(name), calls), _microseconds(writer(name), calls))
        for name in EVENTS
    ]


def reader(platform: str) -> Callable[[], Any]:
    """Reads the platform's event once: from JSON to our update."""
    body = json.dumps(EVENTS[platform], ensure_ascii=False).encode()
    parse: Callable[..., Any] = import_module(f"bots.{platform}.parse").parse
    if platform == "messenger":  # a batch, of which only the parts about this page are read
        parse = partial(parse, page_id=EVENTS[platform]["entry"][0]["id"])
    return lambda: parse(json_object(body))


def writer(platform: str) -> Callable[[], Any]:
    """Writes a menu with four buttons once."""
    capabilities: Capabilities = import_module(f"bots.{platform}.capabilities").CAPABILITIES
    render: Callable[..., Any] = import_module(f"bots.{platform}.render").render
    (content,) = fitted(_MENU, capabilities)
    return lambda: render(content, capabilities)


def _microseconds(call: Callable[[], Any], calls: int | None) -> float:
    number = calls or _CALLS
    return min(timeit.repeat(call, number=number, repeat=_REPEATS)) / number * 1e6


def as_json(costs: Sequence[Cost]) -> str:
    """One object per platform."""
    return json.dumps([asdict(cost) for cost in costs], indent=2)


def as_table(costs: Sequence[Cost]) -> str:
    """For people; what is over the aim says so."""
    lines = [f"{'':10}  parse µs  render µs"]
    for cost in costs:
        over = max(cost.parse_us, cost.render_us) > MOST_US
        line = f"{cost.platform:10}  {cost.parse_us:8.1f}  {cost.render_us:9.1f}"
        lines.append(f"{line}  over {MOST_US}" if over else line)
    return "\n".join(lines)
