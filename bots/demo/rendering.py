"""Texts and templates of the pages: data files in, safe HTML out."""

import html
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from string import Template

from bots.languages import preferred

LANGUAGES = ("ru", "en")
_HERE = Path(__file__).parent
_CODE = re.compile(r"`([^`]+)`")


class Html(str):
    """Text that is HTML already; any other text is escaped on its way into a page."""

    __slots__ = ()


def texts(language: str) -> dict[str, str]:
    """Every text of a language, under `section_name`."""
    content = tomllib.loads((_HERE / "texts" / f"{language}.toml").read_text(encoding="utf-8"))
    return {
        f"{section}_{name}": text
        for section, lines in content.items()
        for name, text in lines.items()
    }


def template(name: str) -> Template:
    """A template of the folder; `$name` in it is a text or a value."""
    return Template((_HERE / "templates" / f"{name}.html").read_text(encoding="utf-8"))


def filled(page: Template, values: Mapping[str, str]) -> Html:
    """The template with its values, escaped unless they are Html.

    Raises KeyError when one is missing."""
    return Html(page.substitute({name: _safe(value) for name, value in values.items()}))


def shown_texts(language: str) -> dict[str, Html]:
    """The texts as pages take them, and which link of the language switch is the present one."""
    known = {name: prose(text) for name, text in texts(language).items()}
    current = {
        f"current_{each}": Html(' aria-current="true"' if each == language else "")
        for each in LANGUAGES
    }
    return {**known, **current}


def prose(text: str) -> Html:
    """Our own text, escaped; what stands in backticks becomes code."""
    return Html(_CODE.sub(r"<code>\1</code>", html.escape(text)))


def _safe(value: str) -> str:
    return value if isinstance(value, Html) else html.escape(value)


def language_of(asked: str | None, accept_language: str) -> str:
    """The language of a page. asked: of `?lang=`, which wins if we speak it.

    accept_language: the header; English when it names none of ours."""
    if asked in LANGUAGES:
        return asked
    return preferred(accept_language, LANGUAGES, "en")
