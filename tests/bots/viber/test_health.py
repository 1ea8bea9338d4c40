"""What get_account_info tells about a bot."""

from typing import Any

import pytest

from bots.viber.capabilities import EVENTS
from bots.viber.channel import ViberChannel
from bots.viber.health import findings
from bots.viber.settings import ViberSettings
from tests.bots.viber.conftest import TOKEN
from tests.fakes import faults
from tests.fakes import viber as double
from tests.fakes.viber import FakeViber

SETTINGS = ViberSettings(name="main", token=TOKEN, public_url="https://support.example.org")
GOOD = {
    "uri": "otklik",
    "webhook": "https://support.example.org/webhooks/main",
    "event_types": [*EVENTS, "message"],
    "subscribers_count": 35,
}


def test_a_healthy_bot_is_one_line() -> None:
    (finding,) = findings(GOOD, SETTINGS)
    assert (finding.level, finding.remedy) == ("OK", "")
    assert finding.text == "uri=otklik webhook=same events=6/6 subscribers=35"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"webhook": "https://other.example/x"}, "the webhook points elsewhere"),
        ({"webhook": ""}, "no webhook is set"),
        ({"webhook": None}, "no webhook is set"),
        ({"event_types": [*EVENTS[1:]]}, "events not subscribed: subscribed"),
        ({"event_types": None}, "events not subscribed: " + ", ".join(EVENTS)),
    ],
)
def test_each_trouble_has_its_level_and_a_remedy(changes: dict[str, Any], text: str) -> None:
    head, trouble = findings({**GOOD, **changes}, SETTINGS)
    assert (head.level, trouble.level, trouble.text) == ("FAIL", "FAIL", text)
    assert trouble.remedy


def test_what_the_platform_says_stays_on_one_line() -> None:
    (finding,) = findings({**GOOD, "uri": "a\nb c", "subscribers_count": None}, SETTINGS)
    assert finding.text == "uri=abc webhook=same events=6/6 subscribers=?"


@pytest.mark.parametrize(
    ("fault", "level", "text"),
    [
        (double.error(2, "invalidAuthToken"), "FAIL", "token refused"),
        (double.error(9, "suspended"), "FAIL", "token refused"),
        (faults.PAGE, "WARN", "delivery unknown: http 502"),
    ],
)
async def test_a_platform_that_refuses_is_told_with_a_remedy(
    channel: ViberChannel, viber: FakeViber, fault: faults.Fault, level: str, text: str
) -> None:
    viber.fail(fault)
    (finding,) = await channel.health()
    assert (finding.level, finding.text) == (level, text)
    assert finding.remedy
