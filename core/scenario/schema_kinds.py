"""The small kinds of which a scenario file is made: ids, durations, values, https links."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

ID_PATTERN = r"[a-z][a-z0-9_]{0,39}"
DURATION_PATTERN = r"[1-9][0-9]{0,4}[smhd]"
SERVICE_PATTERN = rf"{ID_PATTERN}\.{ID_PATTERN}"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Strict(BaseModel):
    """Nothing is converted, nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _pattern(pattern: str, kind: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise PydanticCustomError(kind, kind)
        return value

    return AfterValidator(check)


def _filled(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("empty_text", "empty_text")
    return value


def _https(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.netloc or " " in value:
        raise PydanticCustomError("https", "https")
    return value


def _value(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise PydanticCustomError("one_value", "one_value")


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("float_type", "float_type")
    return float(value)


def _no_number(value: Any) -> Any:
    """`after: 15` lacks its unit: quotes, the advice to other numbers, would not mend it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise PydanticCustomError("bad_duration", "bad_duration")
    return value


Id = Annotated[
    str, _pattern(ID_PATTERN, "bad_id"), Field(json_schema_extra={"pattern": f"^{ID_PATTERN}$"})
]
Duration = Annotated[
    str,
    BeforeValidator(_no_number),
    _pattern(DURATION_PATTERN, "bad_duration"),
    Field(json_schema_extra={"pattern": f"^{DURATION_PATTERN}$"}),
]
ServiceName = Annotated[
    str,
    _pattern(SERVICE_PATTERN, "bad_service"),
    Field(json_schema_extra={"pattern": f"^{SERVICE_PATTERN}$"}),
]
_FILLED = Field(json_schema_extra={"pattern": r"\S"})
Text = Annotated[str, AfterValidator(_filled), _FILLED]
Https = Annotated[str, AfterValidator(_https)]
#: A string is an expression, the others are themselves.
Value = Annotated[
    Any, BeforeValidator(_value), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})
]
Number = Annotated[Any, BeforeValidator(_number), WithJsonSchema({"type": "number"})]
Expression = Annotated[str, AfterValidator(_filled), _FILLED]
Format = Literal[1]
LevelKind = Literal["linked", "verified"]


def duration(text: str) -> timedelta:
    """`15m` as a timedelta."""
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
