"""The API described by itself: OpenAPI 3.1 of all endpoints, JSON Schema of all socket frames."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from bots.desk.endpoint import PREFIX, Endpoint
from bots.desk.frames import ClientFrame, ServerFrame
from bots.desk.problems import CONTENT_TYPE, STATUS
from bots.desk.schemas_problem import ProblemBody

FOLDER = Path(__file__).parent / "description"
_REF = "#/components/schemas/{model}"
_PART = re.compile(r"\{(\w+)\}")
_MULTIPART = {
    "type": "object",
    "required": ["dialog_id", "client_id", "file"],
    "properties": {
        "dialog_id": {"type": "string"},
        "client_id": {"type": "string", "format": "uuid"},
        "file": {"type": "string", "format": "binary"},
    },
    "additionalProperties": False,
}


def openapi(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The document. Who may call is `x-roles`: null nobody signed in, empty anybody."""
    schemas = _schemas(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Otklik desk", "version": "1"},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-otklik"}
            },
        },
    }


def events() -> dict[str, Any]:
    """JSON Schema of the frames of both directions."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Otklik live socket, otklik.v1",
        "client": TypeAdapter(ClientFrame).json_schema(ref_template="#/client/$defs/{model}"),
        "server": TypeAdapter(ServerFrame).json_schema(
            ref_template="#/server/$defs/{model}", mode="serialization"
        ),
    }


def _schemas(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Every model under one roof; bodies as they are read, replies as they are written."""
    read: list[tuple[type[BaseModel], Any]] = []
    for one in endpoints:
        read += [(model, "validation") for model in (one.body,) if model is not None]
        read += [(model, "serialization") for model in _models(one.reply)]
    read.append((ProblemBody, "serialization"))
    refs, found = models_json_schema(list(dict.fromkeys(read)), ref_template=_REF)
    return {"refs": refs, "$defs": found["$defs"]}


def _models(reply: Any) -> list[type[BaseModel]]:
    if isinstance(reply, type) and issubclass(reply, BaseModel):
        return [reply]
    return [item for item in getattr(reply, "__args__", ()) if issubclass(item, BaseModel)]


def _operation(one: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{one.handler.__module__.rpartition('.')[2]}_{one.handler.__name__}",
        "summary": " ".join((one.handler.__doc__ or "").split()),
        "parameters": _parameters(one),
        "responses": _responses(one, schemas["refs"]),
        "x-roles": None if one.roles is None else sorted(one.roles),
    }
    if one.roles is not None:
        operation["security"] = [{"session": []}]
    if one.own:
        operation["x-own"] = True
    if one.body is not None:
        operation["requestBody"] = _content(
            "application/json", schemas["refs"][one.body, "validation"]
        )
    elif one.upload:
        operation["requestBody"] = _content("multipart/form-data", _MULTIPART)
    return operation


def _content(kind: str, schema: Any) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


def _parameters(one: Endpoint) -> list[dict[str, Any]]:
    text = {"type": "string"}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in _PART.findall(one.path)
    ]
    if one.query is not None:
        schema = one.query.model_json_schema(ref_template=_REF)
        for name, own in schema["properties"].items():
            found.append({"name": name, "in": "query", "required": False, "schema": own})
    if one.key:
        uuid = {"type": "string", "format": "uuid"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": uuid})
    if one.method != "GET":
        found.append(
            {"name": "X-Otklik", "in": "header", "required": True, "schema": {"const": "1"}}
        )
    return found


def _responses(one: Endpoint, refs: Any) -> dict[str, Any]:
    found: dict[str, Any] = {str(one.status): {"description": "done"}}
    if one.reply is not None:
        models = _models(one.reply)
        schema: Any = refs[models[0], "serialization"]
        if one.reply is not models[0]:
            schema = {"type": "array", "items": schema}
        found[str(one.status)]["content"] = {"application/json": {"schema": schema}}
    if one.kind:
        found[str(one.status)]["content"] = {one.kind: {"schema": {"type": "string"}}}
    for status in one.also:
        found[str(status)] = {"description": "nothing to tell"}
    codes = ", ".join(STATUS)
    problem = {CONTENT_TYPE: {"schema": refs[ProblemBody, "serialization"]}}
    found["default"] = {"description": f"refused; code is one of {codes}", "content": problem}
    return found


def text_of(document: dict[str, Any]) -> str:
    """The committed form: readable, stable in its order."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=False) + "\n"


def add(app: web.Application, endpoints: Sequence[Endpoint]) -> None:
    """Adds /api/openapi.json and /api/events.json; they are made when first asked for."""
    made: dict[str, str] = {}

    def route(name: str, make: Any) -> None:
        async def describe(_: web.Request) -> web.Response:
            if name not in made:
                made[name] = text_of(make())
            return web.Response(text=made[name], content_type="application/json")

        app.router.add_get(f"/api/{name}", describe, allow_head=False)

    route("openapi.json", lambda: openapi(endpoints))
    route("events.json", events)
