"""The JSON Schema of a scenario file, for editors: completions, and red lines while typing."""

from collections.abc import Iterable
from typing import Any

from core.scenario.model import Signature

#: What a button does; the checker says E012 unless it is exactly one of them.
_ACTIONS = ("go", "run", "do", "url")


def json_schema(services: Iterable[Signature] = ()) -> dict[str, Any]:
    """The schema of one scenario file. services: those that `call` may name."""
    from core.scenario.schema import ScenarioModel

    schema = ScenarioModel.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Otklik scenario"
    _tell_editors_more(schema)
    names = sorted(service.name for service in services)
    if names:
        schema["$defs"]["CallModel"]["properties"]["call"]["enum"] = names
    return schema


def _tell_editors_more(schema: dict[str, Any]) -> None:
    """What the models check in words of their own and pydantic therefore leaves out."""
    models = schema["$defs"]
    # one that begins with a value is judged when that is known
    models["ButtonModel"]["properties"]["url"]["pattern"] = r"^(https://|\{)"
    models["ButtonModel"]["oneOf"] = [{"required": [action]} for action in _ACTIONS]
    line = models["LineModel"]
    line |= {"minProperties": 1, "maxProperties": 1}
    for name, kinds in line["properties"].items():
        line["properties"][name] = kinds["anyOf"][0]  # `user:` without words is no line
    for model in [schema, *models.values()]:
        fields = model["properties"]
        if "entry" in fields:
            model["dependentRequired"] = {"entry": ["id"]}
        for field in fields.values():
            if "patternProperties" in field:
                field["additionalProperties"] = False
