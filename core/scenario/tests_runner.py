"""Runs the conversations written into scenario files, in memory, and says what they prove."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from core.channel import Capabilities
from core.content import utf16_len
from core.policy import Policy
from core.records import Message
from core.scenario.coverage import Coverage, coverage
from core.scenario.doubles import misfit, plain
from core.scenario.model import Bundle, Level
from core.scenario.rehearsal import Rehearsal
from core.scenario.stories import Expect, Line, ScenarioTest
from core.scenario.trace import Mark, watching
from core.updates import Meaning

_START = "2026-11-20T12:00"  # of the virtual clock, in the bot's zone


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a test failed. key: of tests_runner.toml; wanted, found: of an expectation."""

    key: str
    text: str = ""
    wanted: str = ""
    found: str = ""


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A test that did not pass, with its whole talk. scenario: whose file it stands in."""

    scenario: str
    name: str
    problem: Problem
    talk: tuple[Message, ...]
    story: ScenarioTest


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What all tests proved."""

    tests: int
    failed: tuple[Failed, ...]
    coverage: Coverage


class _Stop(Exception):
    """The test has failed; nothing after it says anything."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.key)
        self.problem = problem


def run(
    bundle: Bundle,
    tests: Sequence[ScenarioTest],
    *,
    capabilities: Capabilities,
    policy: Policy,
    meaning: Callable[[str], Meaning],
) -> Report:
    """Runs the tests, each in a new dialog on the whole bundle, through a channel's limits."""
    failed = []
    seen: set[Mark] = set()
    for story in tests:
        one = _Rehearsed(bundle, story, capabilities, policy, meaning)
        problem = one.problem()
        seen |= one.marks
        if problem is not None:
            talk = tuple(one.stage.talk)
            failed.append(
                Failed(
                    scenario=story.scenario,
                    name=story.name,
                    problem=problem,
                    talk=talk,
                    story=story,
                )
            )
    return Report(tests=len(tests), failed=tuple(failed), coverage=coverage(bundle, seen))


def rehearsal(
    bundle: Bundle,
    story: ScenarioTest,
    *,
    capabilities: Capabilities,
    policy: Policy,
    meaning: Callable[[str], Meaning],
) -> Rehearsal:
    """The stage of a test before its first line: who writes, when, and what services answer."""
    return Rehearsal(
        bundle,
        capabilities=capabilities,
        policy=policy,
        meaning=meaning,
        services={
            name: [plain(answer) for answer in answers] for name, answers in story.services.items()
        },
        now=_moment(story.now or _START, bundle),
        lang=story.lang,
        grants=_grants(story),
    )


class _Rehearsed:
    """One test on its stage. heard_to: the message the last `bot` line found its words in."""

    def __init__(
        self,
        bundle: Bundle,
        story: ScenarioTest,
        capabilities: Capabilities,
        policy: Policy,
        meaning: Callable[[str], Meaning],
    ) -> None:
        self.bundle = bundle
        self.story = story
        self.heard_to = 0
        self.marks: set[Mark] = set()
        self.stage = rehearsal(
            bundle, story, capabilities=capabilities, policy=policy, meaning=meaning
        )

    def problem(self) -> Problem | None:
        """Plays the test; why it failed, None when it passed."""
        with watching() as marks:
            try:
                self._check_doubles()
                for line in self.story.talk:
                    self._play(line)
                self._expect(self.story.expect, {mark.scenario for mark in marks})
            except _Stop as stop:
                return stop.problem
            finally:
                self.marks = set(marks)
        return None

    def _check_doubles(self) -> None:
        for name, answers in self.stage.services.items():
            signature = self.bundle.services.get(name)
            for answer in answers:
                wrong = misfit(answer, signature) if signature is not None else ""
                if wrong:
                    raise _Stop(Problem(key="double", text=name, found=wrong))

    def _play(self, line: Line) -> None:
        if line.kind == "bot":
            self._hear(line.text)
            return
        if line.kind == "not_bot":
            if any(_has(message, line.text) for message in self.stage.said):
                raise _Stop(Problem(key="not_bot", text=line.text))
            return
        self.stage.listen()
        self.heard_to = 0
        if line.kind == "user":
            self.stage.write(line.text)
        elif line.kind == "silence":
            self.stage.wait(line.time)
        elif not self.stage.press(line.text):
            keys = ", ".join(option.key for option in self.stage.shown())
            raise _Stop(Problem(key="press", text=line.text, found=keys))
        self._check_turns()

    def _hear(self, text: str) -> None:
        said = self.stage.said
        for at in range(self.heard_to, len(said)):
            if _has(said[at], text):
                self.heard_to = at
                return
        raise _Stop(Problem(key="bot", text=text))

    def _check_turns(self) -> None:
        if self.stage.loose:
            raise _Stop(Problem(key="loose", text=self.stage.loose[0]))
        limits = self.stage.capabilities
        for content in self.stage.sent:
            if limits.text is not None and utf16_len(content.text) > limits.text:
                raise _Stop(Problem(key="limit", text=content.text[:60]))
            for option in content.options if not content.numbered else ():
                if limits.label is not None and utf16_len(option.label) > limits.label:
                    raise _Stop(Problem(key="limit", text=option.label))

    def _expect(self, expect: Expect, started: set[str]) -> None:
        for name, wanted in _wanted(expect).items():
            found = self._found(name, wanted, started)
            if not _equal(wanted, found):
                if isinstance(wanted, Mapping):  # tell of what differs, not of all that was listed
                    wrong = [key for key in wanted if not _equal(wanted[key], found.get(key))]
                    wanted, found = ({key: of.get(key) for key in wrong} for of in (wanted, found))
                raise _Stop(
                    Problem(key="expect", text=name, wanted=_shown(wanted), found=_shown(found))
                )

    def _found(self, name: str, wanted: Any, started: set[str]) -> Any:
        stage, dialog = self.stage, self.stage.dialog
        escalation, place = dialog.escalation, dialog.place
        slots = stage.slots()
        facts: Mapping[str, Callable[[], Any]] = {
            "result": lambda: dialog.result,
            "escalated": lambda: escalation.reason if escalation else "",
            "queue": lambda: escalation.queue if escalation else "",
            "closed": lambda: dialog.state in ("rating", "closed"),
            "scenario": lambda: place.first_scenario if place else "",
            "not_scenario": lambda: "" if wanted in started else wanted,
            "data": lambda: {slot: slots.get(slot) for slot in wanted},
            "calls": lambda: {service: stage.calls[service] for service in wanted},
            "rating": lambda: stage.asked_rating,
            "level": stage.level,
            "reopened": lambda: stage.reopened,
        }
        return facts[name]()


def _grants(story: ScenarioTest) -> dict[str, Level]:
    who = story.identity
    return {} if who.level == "anonymous" else {who.account or "": who.level}


def _moment(text: str, bundle: Bundle) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(bundle.bot.timezone))


def _has(message: Message, text: str) -> bool:
    return _bare(text) in _bare(message.text)


def _bare(text: str) -> str:
    """Case and spaces do not matter, and a no-break space is a space."""
    return " ".join(text.casefold().split())


def _wanted(expect: Expect) -> dict[str, Any]:
    fields = msgspec.structs.asdict(expect)
    return {name: value for name, value in fields.items() if value not in (None, {}, "")}


def _equal(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(_equal(value, found.get(key)) for key, value in wanted.items())
    if wanted is None or isinstance(wanted, bool) or isinstance(found, bool):
        return bool(wanted == found)
    return str(wanted) == str(found) or bool(wanted == found)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    return "—" if value in (None, "") else str(value)
