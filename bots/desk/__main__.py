"""`python -m bots.desk` writes the committed descriptions of the API anew."""

from bots.desk import openapi
from bots.desk.app import ENDPOINTS


def main() -> None:
    """Writes openapi.json and events.json."""
    for name, document in (
        ("openapi.json", openapi.openapi(ENDPOINTS)),
        ("events.json", openapi.events()),
    ):
        (openapi.FOLDER / name).write_text(openapi.text_of(document), encoding="utf-8")


if __name__ == "__main__":
    main()
