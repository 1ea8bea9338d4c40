"""The JSON shape of refusals."""

from bots.desk.schemas import Moment, Row, Shape


class FieldError(Shape):
    """What is wrong with a field."""

    pointer: str
    code: str
    message: str


class ProblemBody(Shape):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[FieldError] | None = None
    current: Row | None = None
    changed_by: dict[str, str] | None = None
    changed_at: Moment | None = None
