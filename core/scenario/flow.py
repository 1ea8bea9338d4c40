"""Steps as a graph: the nested lists of a file become flat steps, and edges lead on from them.

The compiler, the checker's graph rules and the drawing walk the same edges.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from core.scenario import model
from core.scenario import schema as s
from core.scenario.schema_kinds import duration
from core.scenario.yaml_tree import Node, Spot

Path = tuple[str | int, ...]
EdgeKind = Literal["next", "answer", "fail", "then", "else", "error", "button", "go"]


class Edge(NamedTuple):
    """A way on from a step. target: empty when it falls off the end.

    label: key of the button, name of the error. jump: made by `go`, so a question is asked anew.
    run: scenario that a button runs on the way. cond: `show_if` of the button.
    """

    source: str
    target: str
    kind: EdgeKind
    label: str = ""
    jump: bool = False
    run: str = ""
    cond: str = ""


def edges(step: model.AnyStep) -> list[Edge]:
    """All ways on from a step; none from one that ends the scenario."""
    match step:
        case model.Return() | model.EscalateStep() | model.Done():
            return []
        case model.Go(target=target):
            return [Edge(step.id, target, "go", jump=True)]
        case model.If():
            return [Edge(step.id, step.then, "then"), Edge(step.id, step.otherwise, "else")]
        case model.CallStep():
            failed = [Edge(step.id, to, "error", name) for name, to in step.errors.items()]
            return [Edge(step.id, step.next, "next"), *failed]
        case model.Ask():
            known = Edge(step.id, step.next, "answer")
            return [known, *_pressed(step), Edge(step.id, step.on_fail, "fail")]
        case model.Choose():
            return _pressed(step)
        case _:
            return [Edge(step.id, step.next, "next")]


def _pressed(step: model.Ask | model.Choose) -> list[Edge]:
    found = []
    for button in step.buttons:
        if button.url:
            continue
        target = button.go or (step.next if button.run else button.do)
        found.append(
            Edge(
                step.id,
                target,
                "button",
                button.key,
                jump=bool(button.go),
                run=button.run,
                cond=button.show_if,
            )
        )
    return found


class Compiled(NamedTuple):
    """A scenario and where its steps stand in the file. twins: ids given twice, with the place of
    the second."""

    scenario: model.Scenario
    paths: dict[str, Path]
    twins: tuple[tuple[str, Path], ...]


def compiled(source: s.ScenarioModel, tree: Node) -> Compiled:
    """The flat form of a scenario file whose shape is right."""
    return _Compiler(tree).whole(source)


def silence(source: s.SilenceModel | None) -> model.Silence | None:
    """A silence setting with its durations."""
    if source is None:
        return None
    return model.Silence(
        after=_time(source.after),
        say=source.say,
        then=source.then,
        close_after=_time(source.close_after),
    )


def _time(text: str | None) -> timedelta | None:
    return None if text is None else duration(text)


class _Compiler:
    def __init__(self, tree: Node) -> None:
        self.tree = tree
        self.steps: dict[str, model.AnyStep] = {}
        self.paths: dict[str, Path] = {}
        self.twins: list[tuple[str, Path]] = []

    def whole(self, source: s.ScenarioModel) -> Compiled:
        start = self._list(source.steps, ("steps",), "")
        scenario = model.Scenario(
            id=source.scenario,
            title=source.title,
            start=start,
            steps=self.steps,
            data={name: _slot(slot) for name, slot in source.data.items()},
            internal=source.internal,
            requires=source.requires or "anonymous",
            careful=source.careful,
            examples=tuple(source.examples),
            not_examples=tuple(source.not_examples),
            silence=silence(source.silence),
        )
        return Compiled(scenario, self.paths, tuple(self.twins))

    def _list(self, steps: Sequence[s.AnyStepModel], path: Path, after: str) -> str:
        """Compiles a list of steps; the id of its first, `after` when there is none."""
        names = [self._name(step, (*path, i)) for i, step in enumerate(steps)]
        for i, step in enumerate(steps):
            onward = names[i + 1] if i + 1 < len(names) else after
            here = (*path, i)
            if names[i] in self.paths:
                # The second of two steps with one id: kept under a name of its own, so that the
                # rest can still be checked.
                self.twins.append((names[i], here))
                names[i] = _automatic(here)
            self.paths[names[i]] = here
            placeholder = self._base(step, here, names[i], onward)
            self.steps[names[i]] = self._step(step, here, placeholder)
        return names[0] if names else after

    def _name(self, step: s.AnyStepModel, path: Path) -> str:
        return step.id or _automatic(path)

    def _base(self, step: s.AnyStepModel, path: Path, name: str, onward: str) -> dict[str, Any]:
        return {
            "id": name,
            "next": onward,
            "automatic": step.id is None,
            "entry": step.entry or "",
            "line": self.tree.at(*path).line,
        }

    def _step(self, step: s.AnyStepModel, path: Path, base: dict[str, Any]) -> model.AnyStep:
        match step:
            case s.AskModel():
                return self._ask(step, path, base)
            case s.ChooseModel():
                return self._choose(step, path, base)
            case s.IfModel():
                then = self._list(step.then, (*path, "then"), base["next"])
                otherwise = self._list(step.otherwise, (*path, "else"), base["next"])
                return model.If(**base, cond=step.cond, then=then, otherwise=otherwise)
            case s.CallModel():
                return self._call(step, path, base)
            case _:
                return _leaf(step, base)

    def _ask(self, step: s.AskModel, path: Path, base: dict[str, Any]) -> model.Ask:
        return model.Ask(
            **base,
            slot=step.ask,
            text=step.text,
            wrong=step.wrong,
            on_fail=self._list(step.on_fail, (*path, "on_fail"), base["next"]),
            tries=step.tries,
            options=tuple(
                model.Choice(key=o.key, label=o.label, also=tuple(o.also)) for o in step.options
            ),
            options_from=_options_from(step.options_from),
            buttons=self._buttons(step.buttons, path, base["next"]),
            silence=silence(step.silence),
            interrupt=step.interrupt,
        )

    def _choose(self, step: s.ChooseModel, path: Path, base: dict[str, Any]) -> model.Choose:
        return model.Choose(
            **base,
            text=step.choose,
            buttons=self._buttons(step.buttons, path, base["next"]),
            silence=silence(step.silence),
            interrupt=step.interrupt,
        )

    def _buttons(
        self, buttons: Sequence[s.ButtonModel], path: Path, onward: str
    ) -> tuple[model.Button, ...]:
        made = []
        for i, button in enumerate(buttons):
            do = ""
            if button.do is not None:
                do = self._list(button.do, (*path, "buttons", i, "do"), onward)
            made.append(
                model.Button(
                    key=button.key,
                    label=button.label,
                    also=tuple(button.also),
                    go=button.go or "",
                    run=button.run or "",
                    do=do,
                    url=button.url or "",
                    show_if=button.show_if or "",
                    closes=button.closes,
                )
            )
        return tuple(made)

    def _call(self, step: s.CallModel, path: Path, base: dict[str, Any]) -> model.CallStep:
        errors = {
            name: self._list(steps, (*path, "errors", name), base["next"])
            for name, steps in step.errors.items()
        }
        return model.CallStep(
            **base,
            service=step.call,
            arguments=step.given,
            save=step.save or "",
            wait=step.wait or "",
            timeout=_time(step.timeout),
            errors=errors,
        )


def _automatic(path: Path) -> str:
    return "~" + ".".join(str(part) for part in path[1:])


def _slot(source: s.SlotModel) -> model.Slot:
    return model.Slot(
        type=source.type,
        title=source.title,
        length=source.length if source.type != "account" else source.length or 8,
        secret=source.secret,
        remember=_time(source.remember),
    )


def _leaf(
    step: s.SayModel
    | s.SetModel
    | s.GoModel
    | s.RunModel
    | s.ReturnModel
    | s.EscalateModel
    | s.DoneModel,
    base: dict[str, Any],
) -> model.AnyStep:
    """A step without steps inside."""
    match step:
        case s.SayModel():
            return _say(step, base)
        case s.SetModel():
            return model.SetStep(**base, values=step.set)
        case s.GoModel():
            return model.Go(**base, target=step.go)
        case s.RunModel():
            return model.Run(**base, scenario=step.run, given=step.given, save=step.save)
        case s.ReturnModel():
            return model.Return(**base, values=step.values)
        case s.EscalateModel(escalate=to):
            return model.EscalateStep(
                **base,
                reason=to.reason,
                queue=to.queue,
                say=to.say or "",
                summary=to.summary or "",
            )
        case s.DoneModel(done=end):
            return model.Done(**base, result=end.result, say=end.say or "")


def _options_from(made: s.OptionsFromModel | None) -> model.OptionsFrom | None:
    if made is None:
        return None
    return model.OptionsFrom(
        of=made.of, key=made.key, label=made.label, save_item=made.save_item or ""
    )


def _say(step: s.SayModel, base: dict[str, Any]) -> model.Say:
    made = None
    if step.list is not None:
        source = step.list
        made = model.ListOf(
            of=source.of, line=source.line, max=source.max, empty=source.empty or ""
        )
    return model.Say(**base, text=step.say, list=made, image=step.image or "", preview=step.preview)


class Source(NamedTuple):
    """One scenario file, read and compiled."""

    file: str
    tree: Node
    written: s.ScenarioModel
    scenario: model.Scenario
    paths: dict[str, Path]
    twins: tuple[tuple[str, Path], ...] = ()

    @property
    def id(self) -> str:
        """The scenario's id."""
        return self.scenario.id

    def spot(self, step: str, *field: str | int) -> Spot:
        """Where a step, or a field of it, stands."""
        return self.tree.at(*self.paths[step], *field)
