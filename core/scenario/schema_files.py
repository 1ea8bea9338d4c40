"""The shapes of the files beside the scenarios: bot.yaml, phrases, cities, translations."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

from core.scenario.schema import SilenceModel
from core.scenario.schema_kinds import Duration, Format, Https, Id, Number, Strict, Text


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise PydanticCustomError("bad_zone", "bad_zone") from None
    return value


def _threshold(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value == "auto" or (number and 0 < value < 1):
        return value
    raise PydanticCustomError("bad_threshold", "bad_threshold")


def _language(value: str) -> str:
    if len(value) != 2 or not value.isascii() or not value.islower() or not value.isalpha():
        raise PydanticCustomError("bad_language", "bad_language")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Language = Annotated[str, AfterValidator(_language)]
Threshold = Annotated[
    Any,
    BeforeValidator(_threshold),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "number", "minimum": 0, "maximum": 1}]}),
]
#: The engine's groups of words; the order in which a text is compared with them is its own.
WORD_GROUPS = ("operator", "cancel", "menu", "back", "thanks", "enough")


class MoreModel(Strict):
    ask: Text
    yes: Text
    no: Text
    bye: Text


class UnderstandModel(Strict):
    answer_from: Threshold = "auto"
    suggest_from: Threshold = "auto"
    wrong_at_once: Number = 0.03
    max_misses: int = Field(default=2, ge=1, le=10)
    synonyms: dict[str, Text] = Field(default_factory=dict)


class AccessModel(Strict):
    by: Id
    keep: Duration = "30d"


class RatingModel(Strict):
    after: list[Id] = Field(default_factory=lambda: ["solved"])


class WordsModel(Strict):
    operator: list[Text] = Field(default_factory=list)
    cancel: list[Text] = Field(default_factory=list)
    menu: list[Text] = Field(default_factory=list)
    back: list[Text] = Field(default_factory=list)
    thanks: list[Text] = Field(default_factory=list)
    enough: list[Text] = Field(default_factory=list)


class BotModel(Strict):
    """bot.yaml of the first language."""

    format: Format
    languages: list[Language] = Field(min_length=1)
    timezone: Zone
    start: Id
    channels: list[Id] = Field(default_factory=list)
    links: dict[Id, Https] = Field(default_factory=dict)
    silence: SilenceModel = SilenceModel()
    more: MoreModel
    understand: UnderstandModel = UnderstandModel()
    access: AccessModel | None = None
    rating: RatingModel = RatingModel()
    words: WordsModel = WordsModel()
    texts: dict[str, Text] = Field(default_factory=dict)


class CommonModel(Strict):
    """common/*.yaml: phrases of a class without a scenario."""

    format: Format
    kind: Literal["oos", "operator", "thanks"] = Field(alias="class")
    examples: list[Text] = Field(min_length=1)


class CityModel(Strict):
    label: dict[Language, Text] = Field(min_length=1)
    names: list[Text] = Field(min_length=1)


class CitiesModel(Strict):
    """cities.yaml."""

    format: Format
    cities: dict[Id, CityModel]


class TranslatedModel(Strict):
    source: str = Field(alias="from")
    text: Text
    also: list[Text] = Field(default_factory=list)


class TranslationModel(Strict):
    """i18n/<language>/<scenario>.yaml."""

    format: Format
    translates: Id
    language: Language
    examples: list[Text] = Field(default_factory=list)
    not_examples: list[Text] = Field(default_factory=list)
    texts: dict[str, TranslatedModel] = Field(default_factory=dict)


class BotTranslationModel(Strict):
    """i18n/<language>/bot.yaml; words are what people of that language write, no translations."""

    format: Format
    translates: Literal["bot"]
    language: Language
    words: WordsModel = WordsModel()
    texts: dict[str, TranslatedModel] = Field(default_factory=dict)
