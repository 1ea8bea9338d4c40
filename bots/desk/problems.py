"""Refusals as application/problem+json (RFC 9457), in the reader's language."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from bots.languages import preferred

STATUS: Mapping[str, int] = {
    "malformed": 400,
    "login_failed": 401,
    "code_required": 401,
    "session_expired": 401,
    "forbidden": 403,
    "origin_refused": 403,
    "not_found": 404,
    "stale": 409,
    "taken": 409,
    "not_owner": 409,
    "new_message": 409,
    "closed": 409,
    "limit_reached": 409,
    "in_progress": 409,
    "gone": 410,
    "undo_expired": 410,
    "too_large": 413,
    "bad_type": 415,
    "validation": 422,
    "idempotency_mismatch": 422,
    "channel_refuses": 422,
    "rate_limited": 429,
    "draining": 503,
    "failed": 500,
}
LANGUAGES = ("en", "ru")
CONTENT_TYPE = "application/problem+json"
#: What pydantic tells of a field's limits; nothing of what the request held.
_LIMITS = ("min_length", "max_length", "ge", "le", "expected")
_FOLDER = Path(__file__).parent / "i18n"


class FieldError(NamedTuple):
    """One field is wrong. pointer: RFC 6901, into the body. values: limits of the field."""

    pointer: str
    code: str
    values: Mapping[str, Any] = MappingProxyType({})

    def body(self, language: str) -> dict[str, str]:
        """As problem+json has it."""
        known = field_texts(language)
        names = [part for part in self.pointer.split("/") if part and not part.isdecimal()]
        closer = f"{self.code}.{names[-1]}" if names else ""
        text = known.get(closer) or known.get(self.code) or known["other"]
        for name in _LIMITS:
            if name in self.values:
                # pydantic lists choices as English does
                value = str(self.values[name]).replace(" or ", ", ")
                text = text.replace(f"{{{name}}}", value)
        if "{" in text:  # a limit that this error does not name
            text = known["other"]
        return {"pointer": self.pointer, "code": self.code, "message": text}


class Problem(Exception):
    """Ends a request. values: fill the texts and never repeat what the request held.

    errors: of single fields, worded when the language is known. more: further members, such as
    `current` of a stale dialog.
    """

    def __init__(
        self,
        code: str,
        *,
        values: Mapping[str, Any] | None = None,
        errors: Sequence[FieldError] = (),
        more: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status = STATUS[code]
        self.values = values or {}
        self.errors = errors
        self.more = more or {}
        self.retry_after = retry_after

    def body(self, language: str, path: str, request_id: str) -> dict[str, Any]:
        """The document."""
        title, detail = texts(language)[self.code]
        document: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": title,
            "status": self.status,
            "detail": _filled(detail, self.values),
            "instance": path,
            "code": self.code,
            "request_id": request_id,
        }
        if self.errors:
            document["errors"] = [one.body(language) for one in self.errors]
        return document | dict(self.more)


def field_problem(pointer: str, code: str) -> Problem:
    """One field is wrong. pointer: RFC 6901, into the body."""
    return Problem("validation", errors=[FieldError(pointer, code)])


@cache
def field_texts(language: str) -> Mapping[str, str]:
    """What is said of a wrong field, by `code.field` or `code`."""
    return tomllib.loads((_FOLDER / f"fields.{language}.toml").read_text(encoding="utf-8"))


@cache
def texts(language: str) -> Mapping[str, tuple[str, str]]:
    """Title and detail of every code."""
    content = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return {code: (text["title"], text["detail"]) for code, text in content.items()}


def language_of(accept_language: str) -> str:
    """The best of our languages for an Accept-Language header."""
    return preferred(accept_language, LANGUAGES, LANGUAGES[0])


def _filled(text: str, values: Mapping[str, Any]) -> str:
    """Braces without a value are shown as a dash; a value is text, never a format."""
    for name in ("name", "limit", "seconds"):
        text = text.replace(f"{{{name}}}", str(values.get(name) or "—"))
    return text
