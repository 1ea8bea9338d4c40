"""The shape of a scenario file, strictly: what is not described here is an error.

Only the border uses these models; the engine runs what core.scenario.flow makes of them.
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from core.scenario.model import SlotType
from core.scenario.schema_kinds import (
    Duration,
    Expression,
    Format,
    Id,
    LevelKind,
    ServiceName,
    Strict,
    Text,
    Value,
)
from core.scenario.schema_tests import ScenarioTestModel

VERBS = ("say", "ask", "choose", "if", "call", "set", "go", "run", "return", "escalate", "done")
Interrupt = Literal["return", "leave", "never"]


class SlotModel(Strict):
    type: SlotType
    title: Text
    length: int | None = Field(default=None, ge=1, le=40)
    secret: bool = False
    remember: Duration | None = None


class SilenceModel(Strict):
    after: Duration | None = None
    say: Text | None = None
    then: Literal["close", "escalate"] | None = None
    close_after: Duration | None = None


class ButtonModel(Strict):
    key: Id
    label: Text
    go: Id | None = None
    run: Id | None = None
    do: "list[StepModel] | None" = None
    url: Text | None = None
    show_if: Expression | None = None
    closes: bool = False
    also: list[Text] = Field(default_factory=list)


class OptionModel(Strict):
    key: Id
    label: Text
    also: list[Text] = Field(default_factory=list)


class OptionsFromModel(Strict):
    of: Expression
    key: Id
    label: Text
    save_item: Id | None = None


class ListModel(Strict):
    of: Expression
    line: Text
    max: int = Field(default=10, ge=1, le=100)
    empty: Text | None = None


class StepBase(Strict):
    id: Id | None = None
    entry: Text | None = None


class SayModel(StepBase):
    say: Text
    list: ListModel | None = None
    image: Text | None = None
    preview: bool = True


class AskModel(StepBase):
    id: Id
    ask: Id
    text: Text
    wrong: Text
    on_fail: "list[StepModel]"
    tries: int = Field(default=3, ge=1, le=5)
    options: "list[OptionModel]" = Field(default_factory=list)
    options_from: OptionsFromModel | None = None
    buttons: "list[ButtonModel]" = Field(default_factory=list)
    silence: SilenceModel | None = None
    interrupt: Interrupt = "return"


class ChooseModel(StepBase):
    id: Id
    choose: Text
    buttons: "list[ButtonModel]" = Field(min_length=1)
    silence: SilenceModel | None = None
    interrupt: Interrupt = "leave"


class IfModel(StepBase):
    cond: Expression = Field(alias="if")
    then: "list[StepModel]"
    otherwise: "list[StepModel]" = Field(default_factory=list, alias="else")


class CallModel(StepBase):
    id: Id
    call: ServiceName
    given: dict[Id, Value] = Field(default_factory=dict, alias="with")
    save: Id | None = None
    wait: Text | None = None
    timeout: Duration | None = None
    errors: "dict[Id, list[StepModel]]" = Field(default_factory=dict)


class SetModel(StepBase):
    set: dict[Id, Value] = Field(min_length=1)


class GoModel(StepBase):
    go: Id


class RunModel(StepBase):
    run: Id
    given: dict[Id, Value] = Field(default_factory=dict, alias="with")
    save: dict[Id, Id] = Field(default_factory=dict)


class ReturnModel(StepBase):
    values: dict[Id, Value] = Field(alias="return")


class EscalationModel(Strict):
    reason: Id
    queue: Id = "first_line"
    say: Text | None = None
    summary: Text | None = None


class EscalateModel(StepBase):
    escalate: EscalationModel


class EndModel(Strict):
    result: Id
    say: Text | None = None


class DoneModel(StepBase):
    done: EndModel


def _verb(value: Any) -> str | None:
    """The tag of a step: its one verb. The mark behind it keeps it apart from field names."""
    if isinstance(value, dict):
        found = [verb for verb in VERBS if verb in value]
        return f"{found[0]}!" if len(found) == 1 else None
    return None


StepModel = Annotated[
    Annotated[SayModel, Tag("say!")]
    | Annotated[AskModel, Tag("ask!")]
    | Annotated[ChooseModel, Tag("choose!")]
    | Annotated[IfModel, Tag("if!")]
    | Annotated[CallModel, Tag("call!")]
    | Annotated[SetModel, Tag("set!")]
    | Annotated[GoModel, Tag("go!")]
    | Annotated[RunModel, Tag("run!")]
    | Annotated[ReturnModel, Tag("return!")]
    | Annotated[EscalateModel, Tag("escalate!")]
    | Annotated[DoneModel, Tag("done!")],
    Discriminator(_verb),
]
AnyStepModel = (
    SayModel
    | AskModel
    | ChooseModel
    | IfModel
    | CallModel
    | SetModel
    | GoModel
    | RunModel
    | ReturnModel
    | EscalateModel
    | DoneModel
)


class ScenarioModel(Strict):
    """One file of scenarios/<language>/."""

    format: Format
    scenario: Id
    title: Text
    internal: bool = False
    requires: LevelKind | None = None
    careful: bool = False
    examples: list[Text] = Field(default_factory=list)
    not_examples: list[Text] = Field(default_factory=list)
    data: dict[Id, SlotModel] = Field(default_factory=dict)
    silence: SilenceModel | None = None
    steps: list[StepModel] = Field(min_length=1)
    tests: list[ScenarioTestModel] = Field(default_factory=list)


for _model in (ButtonModel, AskModel, ChooseModel, IfModel, CallModel, ScenarioModel):
    _model.model_rebuild()
