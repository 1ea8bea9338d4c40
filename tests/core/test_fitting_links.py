"""Links that are too long for a button: written out, and never at the price of the words."""

import pytest
from msgspec.structs import replace

from bots.max.capabilities import CAPABILITIES as MAX
from bots.max.render import render
from core.channel import Capabilities
from core.content import Option, Outgoing, utf16_len
from core.fitting import fitted

INLINE = Capabilities(
    platform="x", text=4000, inline_row=2, inline_rows=9, inline_total=9, url_option=True, url=100
)
LONG = "https://example.org/?" + "a" * 100
YES = Option(key="y", label="Да", token="o0000000001")
LINK = Option(key="s", label="Сайт", url="https://example.org")
FAR = Option(key="f", label="Заявка", url=LONG)


def test_a_link_too_long_for_a_button_is_a_line_and_the_rest_stay_buttons() -> None:
    (message,) = fitted(Outgoing(text="Что дальше?", options=(FAR, YES, LINK)), INLINE)
    assert message.text == f"Что дальше?\n\nЗаявка: {LONG}"
    assert message.options == (YES, LINK)
    assert not message.numbered


def test_alone_it_leaves_no_buttons() -> None:
    (message,) = fitted(Outgoing(text="Что дальше?", options=(FAR,)), INLINE)
    assert (message.text, message.options) == (f"Что дальше?\n\nЗаявка: {LONG}", ())


def test_of_the_greatest_length_it_is_still_a_button() -> None:
    exact = replace(FAR, url=LONG[:100])
    (message,) = fitted(Outgoing(text="Что дальше?", options=(exact,)), INLINE)
    assert message.options == (exact,)


def test_beside_a_numbered_list_it_has_no_number() -> None:
    options = (FAR, *(Option(key=f"k{n}", label=f"В{n}", token=f"o{n:010}") for n in range(10)))
    (message,) = fitted(Outgoing(text="Что дальше?", options=options), INLINE)
    assert message.numbered
    assert message.text.splitlines()[2:4] == [f"Заявка: {LONG}", "1. В0"]
    assert len(message.options) == 10


@pytest.mark.parametrize("words", [100, 2300, 3990])
def test_in_max_no_link_costs_the_words(words: int) -> None:
    far = replace(FAR, url="https://example.org/?" + "a" * 2100)
    messages = fitted(Outgoing(text="а" * words, options=(far, YES)), MAX)
    requests = [render(message, MAX) for message in messages]
    shown = "".join(request.body["text"] for request in requests)
    assert shown.startswith("а" * words)
    assert shown.endswith(far.url)
    assert all(utf16_len(request.body["text"]) <= 4000 for request in requests)
    assert requests[-1].body["attachments"][0]["type"] == "inline_keyboard"
