"""A customer is shown what their app can show, from one message to the next."""

from core.content import Outgoing
from core.dialog import advance
from core.effects import Send
from core.policy import Policy
from core.state import Dialog, Facts, Setting, Turn
from core.updates import AnyUpdate, CustomerMessage, CustomerStarted
from tests.fakes.bundles import small_bundle
from tests.fakes.talk import BUTTONS, NOW

BUNDLE = small_bundle()


def turn(dialog: Dialog, update: AnyUpdate, seq: int) -> Turn:
    facts = Facts(seq=seq, capabilities=BUTTONS)
    return advance(dialog, update, Setting(active=BUNDLE, bundle=BUNDLE), Policy(), facts, NOW)


def shown(made: Turn) -> Outgoing:
    """The message of a turn that carries options."""
    sends = [effect.content for effect in made.effects if isinstance(effect, Send)]
    return next(content for content in sends if content.options)


def test_an_app_without_keyboards_is_shown_numbers_until_it_says_otherwise() -> None:
    dialog = Dialog(id="d1", channel="main", chat="7", identity="i1", lang="ru", opened_at=NOW)
    old = turn(dialog, CustomerStarted(lacks=("inline", "reply")), 1)
    assert shown(old).numbered
    assert shown(old).lacks == ("inline", "reply")
    silent = turn(old.dialog, CustomerStarted(), 2)
    assert shown(silent).numbered, "no word about the app changes nothing"
    new = turn(silent.dialog, CustomerStarted(lacks=()), 3)
    assert not shown(new).numbered
    assert shown(new).lacks == ()
    assert turn(new.dialog, CustomerMessage(text="?", lacks=()), 4).dialog.lacks == ()
