"""The tests inside scenario files, as plain values for whoever runs them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from core.scenario.model import Level

if TYPE_CHECKING:
    from core.scenario.schema_tests import ExpectModel, LineModel, ScenarioTestModel


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes. account: to which the level belongs, None for none."""

    level: Level = "anonymous"
    account: str | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a talk. kind: `user` writes, `press`es a key, is `silence`nt for `time`; the
    `bot` must have said, or `not_bot` must not have said, `text`. line: 1-based, in the file."""

    kind: Literal["user", "press", "silence", "bot", "not_bot"]
    text: str = ""
    time: timedelta = timedelta()
    line: int = 0


class Expect(msgspec.Struct, frozen=True, kw_only=True):
    """What must hold at the end; None: does not matter."""

    result: str | None = None
    escalated: str | None = None
    queue: str | None = None
    closed: bool | None = None
    scenario: str | None = None
    not_scenario: str | None = None
    data: Mapping[str, Any] = {}
    calls: Mapping[str, int] = {}
    rating: bool | None = None
    level: Level | None = None
    reopened: bool | None = None


class ScenarioTest(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation. now: start of the virtual clock, ISO text in the bot's zone unless it
    names one; empty for the default. lang: empty for the first language.

    services: name -> answers used in turn, the last one repeating; an answer is the fields of the
    result, or `{"error": name, "text": …}`. file, line: where the test stands.
    """

    name: str
    scenario: str
    talk: tuple[Line, ...]
    identity: Identity = Identity()
    lang: str = ""
    now: str = ""
    services: Mapping[str, tuple[Mapping[str, Any], ...]] = {}
    expect: Expect = Expect()
    file: str = ""
    line: int = 0


def story(
    source: "ScenarioTestModel", scenario: str, file: str, line: int, lines: tuple[int, ...]
) -> ScenarioTest:
    """A test as written. line: of the test, lines: of its talk."""
    who = source.identity
    return ScenarioTest(
        name=source.name,
        scenario=scenario,
        talk=tuple(_line(said, at) for said, at in zip(source.talk, lines, strict=True)),
        identity=Identity(level=who.level, account=who.account) if who else Identity(),
        lang=source.lang or "",
        now=source.now or "",
        services={
            name: tuple(answers) if isinstance(answers, list) else (answers,)
            for name, answers in source.services.items()
        },
        expect=_expect(source.expect),
        file=file,
        line=line,
    )


def _line(said: "LineModel", at: int) -> Line:
    from core.scenario.schema_kinds import duration

    if said.silence is not None:
        return Line(kind="silence", time=duration(said.silence), text=said.silence, line=at)
    if said.press is not None:
        return Line(kind="press", text=said.press, line=at)
    if said.bot is not None:
        return Line(kind="bot", text=said.bot, line=at)
    if said.not_bot is not None:
        return Line(kind="not_bot", text=said.not_bot, line=at)
    return Line(kind="user", text=said.user or "", line=at)


def _expect(source: "ExpectModel") -> Expect:
    return Expect(
        result=source.result,
        escalated=source.escalated,
        queue=source.queue,
        closed=source.closed,
        scenario=source.scenario,
        not_scenario=source.not_scenario,
        data=source.data,
        calls=source.calls,
        rating=source.rating,
        level=source.level,
        reopened=source.reopened,
    )
