"""Viber opens the address of a link button and sends it as the customer's message as well."""

from typing import Any

import pytest

from bots.viber.capabilities import CAPABILITIES
from bots.viber.codec import encoded
from bots.viber.links import MOST
from bots.viber.parse import parse
from bots.viber.render import Request, render
from core.content import Option, Outgoing
from core.errors import UnsupportedUpdate
from core.updates import ButtonPressed, CustomerMessage
from tests.bots.viber.conftest import fixture

SITE = Option(key="site", label="Сайт", url="https://isp.example/тариф?a=b#c")
YES = Option(key="yes", label="Да", token="o0123456789")


def sent(*options: Option, **more: Any) -> Request:
    """A message with these buttons, as Viber gets it."""
    return encoded(render(Outgoing(text="Вот", options=options, **more), CAPABILITIES))


def said(text: str, request: Request, kind: str = "text") -> Any:
    """What the customer's next message means; Viber gives back the `tracking_data` of ours."""
    raw = fixture("01_text_cyrillic")
    raw["message"] = {"type": kind, "tracking_data": request.get("tracking_data", "")}
    raw["message"]["text" if kind == "text" else "media"] = text
    return parse(raw)[0].update


@pytest.mark.parametrize("lacks", [(), ("callback",)])
@pytest.mark.parametrize("kind", ["text", "url"])
def test_the_press_of_a_link_is_no_word_of_the_customer(lacks: Any, kind: str) -> None:
    request = sent(SITE, YES, lacks=lacks)
    pressed = next(
        button["ActionBody"]
        for button in request["keyboard"]["Buttons"]
        if button["ActionType"] == "open-url"
    )
    with pytest.raises(UnsupportedUpdate, match=r"message\.link"):
        said(pressed, request, kind)


def test_other_words_under_the_same_buttons_are_heard() -> None:
    request = sent(SITE, YES)
    for text in ("https://isp.example/other", f"{SITE.url} не открывается", "Сайт"):
        assert said(text, request) == CustomerMessage(
            text=text, platform_id="4912661846655238145", lacks=()
        )
    assert isinstance(said(YES.token, request), ButtonPressed)


def test_an_address_that_was_no_button_is_heard() -> None:
    request = sent(YES)
    assert "tracking_data" not in request
    assert said(SITE.url, request).text == SITE.url


@pytest.mark.parametrize("data", [None, "", "links:", "order-7", "links:zz", ",", 5 * "links:"])
def test_tracking_data_of_anybody_else_means_nothing(data: str | None) -> None:
    assert said(SITE.url, {"tracking_data": data}).text == SITE.url


def test_the_fullest_keyboard_of_links_has_room_for_its_marks() -> None:
    links = tuple(
        Option(key=f"k{n}", label=f"Сайт {n}", url=f"https://isp.example/{n}") for n in range(24)
    )
    request = sent(*links)
    assert len(request["tracking_data"]) <= MOST
    for link in links:
        with pytest.raises(UnsupportedUpdate):
            said(link.url, request)
