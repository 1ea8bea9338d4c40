"""Bots that nobody wrote, talks that nobody had: the engine keeps its promises over all of them.

`MADE_UP=200` in the environment tries so many bots instead of a few; a seed that fails is a test of
its own then."""

import logging
import os
import random
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from core.dialog import advance
from core.effects import Call, Write
from core.policy import Policy
from core.scenario.bundle import build
from core.scenario.model import Ask, Bundle
from core.scenario.place import Calling
from core.scenario.typed import NUMERIC, unique
from core.state import Dialog, Turn
from core.updates import AnyUpdate, ButtonPressed, CallFailed, CallReturned, CustomerMessage
from tests.core.made_up_talks import Talk
from tests.fakes.made_up import made_up
from tests.fakes.made_up_edits import Files, old_names, renamed, republished, with_stranger
from tests.fakes.made_up_words import ANSWERS, ERRORS, RESULTS, SERVICES, TEXTS

SEEDS = range(int(os.environ.get("MADE_UP", "5")))
TALKS = 8
LENGTH = 50
of_many_bots = pytest.mark.parametrize("seed", SEEDS)


@cache
def files(seed: int) -> Files:
    return made_up(seed)


def bundle_of(sources: Files) -> Bundle:
    made = build(sources, TEXTS, SERVICES)
    assert made.bundle is not None, [one for one in made.findings if one.is_error]
    return made.bundle


@cache
def bundle(seed: int) -> Bundle:
    return bundle_of(files(seed))


def talk_on(seed: int, number: int, *bundles: Bundle) -> Talk:
    lang = "ru" if number % 2 else "en"
    return Talk(bundles or [bundle(seed)], seed * 1000 + number, lang=lang)


@of_many_bots
def test_every_promise_is_kept_and_no_value_is_missing(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for number in range(TALKS):
        talk = talk_on(seed, number)
        talk.play(LENGTH)
        if not talk.was_put_back():
            assert not caplog.records, "the checker saw to it that a text has its values"
        caplog.clear()


@of_many_bots
def test_every_promise_is_kept_when_the_author_publishes_meanwhile(seed: int) -> None:
    rng = random.Random(seed)
    later = [bundle_of(republished(files(seed), rng)) for _ in range(2)]
    for number in range(TALKS):
        talk_on(seed, number, bundle(seed), *later).play(LENGTH)


def lines(talk: Talk) -> list[tuple[Any, ...]]:
    """What stands in the transcript, by whatever name."""
    messages = [line.message for line in talk.lines]
    return [
        (one.author.kind, old_names(one.text), one.code, [old_names(o.label) for o in one.options])
        for one in messages
    ]


@of_many_bots
def test_other_names_for_steps_slots_and_scenarios_change_nothing(seed: int) -> None:
    plain = {path: text for path, text in files(seed).items() if not path.startswith("i18n")}
    first, second = bundle_of(plain), bundle_of(renamed(plain))
    for number in range(TALKS // 2):
        talks = [talk_on(seed, number, first), talk_on(seed, number, second)]
        for talk in talks:
            talk.play(LENGTH)
        assert lines(talks[0]) == lines(talks[1])


@of_many_bots
def test_one_more_scenario_changes_nothing_in_the_others(seed: int) -> None:
    more = bundle_of(with_stranger(files(seed)))
    for number in range(TALKS // 2):
        talks = [talk_on(seed, number), talk_on(seed, number, more)]
        for talk in talks:
            talk.play(LENGTH)
        assert lines(talks[0]) == lines(talks[1])


# -- laws of a single moment


class Moment:
    """A dialog that may go on in many ways from here."""

    def __init__(self, talk: Talk, dialog: Dialog | None = None, seq: int = 0) -> None:
        self.talk = talk
        self.dialog = dialog or talk.dialog
        self.seq = seq or talk.seq
        self.made = Turn(dialog=self.dialog)

    def then(self, update: AnyUpdate | str) -> "Moment":
        """What comes of an update, or of a text."""
        if isinstance(update, str):
            update = self.talk.understood(CustomerMessage(text=update), self.dialog)
        after = Moment(self.talk, seq=self.seq + 1)
        facts = replace(self.talk.facts(), seq=after.seq)
        after.made = advance(self.dialog, update, self.talk.setting, Policy(), facts, self.talk.now)
        after.dialog = after.made.dialog
        return after

    def position(self) -> tuple[Any, ...]:
        """Where it stands, whatever was shown and said."""
        place = self.dialog.place
        if place is None:
            return (self.dialog.state,)
        stack = [(frame.scenario, frame.step, frame.via, frame.tries) for frame in place.stack]
        waiting = type(place.waiting).__name__
        return (self.dialog.state, self.dialog.queue, waiting, stack, place.slots, place.misses)

    def result(self) -> tuple[Any, ...]:
        """The position, and what the customer and services hear."""
        heard = [
            (effect.message.text, [option.label for option in effect.message.options])
            for effect in self.made.effects
            if isinstance(effect, Write) and effect.message.author.kind != "customer"
        ]
        calls = [(e.service, e.arguments) for e in self.made.effects if isinstance(e, Call)]
        return (*self.position(), heard, calls)


def wordings(label: str) -> list[str]:
    """A label as people type it."""
    return [label, f"  {label} ", label.upper(), f"{label}!", f"{label}.", label.replace(" ", "  ")]


def buttons_may_be_typed(talk: Talk) -> None:
    place = talk.dialog.place
    waiting = place.waiting if place is not None else None
    now, step = unique(getattr(waiting, "shown", ())), talk.question()
    kind = talk.kind_of(step) if isinstance(step, Ask) else ""
    for number, option in enumerate(now, start=1):
        pressed = Moment(talk).then(ButtonPressed(token=option.token)).result()
        for text in wordings(option.label):
            assert Moment(talk).then(text).result() == pressed, text
        if getattr(waiting, "numbered", False) and kind not in NUMERIC:
            assert Moment(talk).then(str(number)).result() == pressed


def a_question_stays_whatever_language_and_whoever_is_called(talk: Talk) -> None:
    if talk.question() is None:
        return
    here = Moment(talk)
    other = "English" if talk.dialog.lang == "ru" else "по-русски"
    assert here.then(other).position() == here.position()
    waits = here.then("оператор")
    back = waits.then(ButtonPressed(token=waits.dialog.open_options[0].token))
    assert back.position()[:-1] == here.position()[:-1]


def an_answer_during_a_call_is_one_after_it(talk: Talk) -> None:
    place = talk.dialog.place
    waiting = place.waiting if place is not None else None
    if not isinstance(waiting, Calling) or waiting.held or talk.dialog.secret:
        return
    here, service = Moment(talk), talk.calls[waiting.key].service
    ends: list[AnyUpdate] = [
        CallReturned(key=waiting.key, result=result) for result in RESULTS.get(service, [{}])
    ]
    ends += [CallFailed(key=waiting.key, name=name) for name in ERRORS[service]]
    for end in ends:
        after = here.then(end)
        step = talk.question(after.dialog)
        if not isinstance(step, Ask) or step.slot == "code" or step.slot in after.position()[4]:
            continue
        for text in ANSWERS[talk.kind_of(step)]:
            asked = after.then(text)
            fits = step.slot in asked.position()[4]
            if fits:
                assert here.then(text).then(end).position() == asked.position()


LAWS = (
    buttons_may_be_typed,
    a_question_stays_whatever_language_and_whoever_is_called,
    an_answer_during_a_call_is_one_after_it,
)


@of_many_bots
def test_every_moment_obeys_the_laws(seed: int) -> None:
    for number in range(TALKS // 2):
        talk = talk_on(seed, number)
        for _ in range(LENGTH // 3):
            talk.play(3)
            place = talk.dialog.place
            if talk.dialog.state == "bot" and place is not None and not place.outdated:
                for law in LAWS:
                    law(talk)
