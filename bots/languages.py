"""Which of our languages a browser asks for."""

from collections.abc import Collection


def preferred(accept_language: str, ours: Collection[str], otherwise: str) -> str:
    """The one of `ours` that an Accept-Language header likes best, or `otherwise`."""
    best, weight = otherwise, 0.0
    for item in accept_language.lower().split(","):
        name, _, parameters = item.strip().partition(";")
        primary = name.strip().partition("-")[0]
        if primary in ours and _weight(parameters) > weight:
            best, weight = primary, _weight(parameters)
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
