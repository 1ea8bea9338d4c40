"""The JSON Schema of a scenario file, for editors: completions, and red lines while typing."""

from collections.abc import Iterable
from typing import Any

from core.scenario.model import Signature


def json_schema(services: Iterable[Signature] = ()) -> dict[str, Any]:
    """The schema of one scenario file. services: those that `call` may name."""
    from core.scenario.schema import ScenarioModel

    schema = ScenarioModel.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Otklik scenario"
    names = sorted(service.name for service in services)
    if names:
        schema["$defs"]["CallModel"]["properties"]["call"]["enum"] = names
    return schema
