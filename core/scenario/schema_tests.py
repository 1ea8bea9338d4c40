"""The shape of the tests inside a scenario file."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

from core.scenario.schema_kinds import Duration, Id, ServiceName, Strict, Text


def _moment(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("bad_moment", "bad_moment") from None
    return value


def _line(value: Any) -> Any:
    """`{user: …}` and the like: exactly one thing happens or is expected."""
    if not isinstance(value, dict):
        raise PydanticCustomError("dict_type", "dict_type")
    if len(value) != 1:
        raise PydanticCustomError("one_line", "one_line")
    if None in value.values():  # `- user:` says nothing, and would be passed over
        raise PydanticCustomError("empty_text", "empty_text")
    return value


def _answer(value: Any) -> Any:
    answers = value if isinstance(value, list) else [value]
    if not answers or not all(isinstance(answer, dict) for answer in answers):
        raise PydanticCustomError("dict_type", "dict_type")
    return value


Moment = Annotated[
    str,
    AfterValidator(_moment),
    Field(json_schema_extra={"pattern": r"^\d{4}-\d{2}-\d{2}([T ]|$)"}),
]
Answers = Annotated[
    Any,
    BeforeValidator(_answer),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "object"},
                {"type": "array", "items": {"type": "object"}, "minItems": 1},
            ]
        }
    ),
]
Scalar = Annotated[
    Any,
    BeforeValidator(lambda value: _scalar(value)),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"]}),
]


def _scalar(value: Any) -> Any:
    if isinstance(value, dict | list):
        raise PydanticCustomError("one_value", "one_value")
    return value


class IdentityModel(Strict):
    level: Literal["anonymous", "linked", "verified"] = "anonymous"
    account: Text | None = None


class LineModel(Strict):
    user: Text | None = None
    press: Text | None = None
    silence: Duration | None = None
    bot: Text | None = None
    not_bot: Text | None = None


class ExpectModel(Strict):
    result: Id | None = None
    escalated: Id | None = None
    queue: Id | None = None
    closed: bool | None = None
    scenario: Id | None = None
    not_scenario: Id | None = None
    data: dict[Id, Scalar] = Field(default_factory=dict)
    calls: dict[ServiceName, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    rating: bool | None = None
    level: Literal["anonymous", "linked", "verified"] | None = None
    reopened: bool | None = None


class ScenarioTestModel(Strict):
    name: Text
    identity: IdentityModel | None = None
    lang: Text | None = None
    now: Moment | None = None
    services: dict[ServiceName, Answers] = Field(default_factory=dict)
    talk: list[Annotated[LineModel, BeforeValidator(_line)]] = Field(min_length=1)
    expect: ExpectModel = ExpectModel()
