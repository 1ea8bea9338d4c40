"""A customer who waits for people: what they write in the meantime."""

import pytest

from core.channel import Capabilities
from tests.core.test_rating import talk
from tests.fakes.talk import BUTTONS, NO_BUTTONS
from tests.stories.shipped import texts

RETURN = texts()["ru"]["return_to_bot"]


@pytest.mark.parametrize("capabilities", [BUTTONS, NO_BUTTONS], ids=["buttons", "numbers"])
@pytest.mark.parametrize("typed", [RETURN, RETURN.lower(), f"{RETURN}!"])
def test_label_of_the_way_back_may_be_typed(capabilities: Capabilities, typed: str) -> None:
    stage = talk(capabilities=capabilities)
    stage.write("оператор")
    stage.write(typed)
    assert stage.dialog.state == "bot"


@pytest.mark.parametrize("text", ["да", "вернуться", "бот мне не помог", "1 рубль списали"])
def test_other_words_wait_for_the_operator(text: str) -> None:
    stage = talk()
    stage.write("оператор")
    stage.write(text)
    assert stage.dialog.state == "queued"
