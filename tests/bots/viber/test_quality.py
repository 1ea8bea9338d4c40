"""The manual is complete, and the library stays where it belongs."""

from bots.viber.settings import ViberSettings
from tests.bots.contract.platforms import folder_of
from tests.bots.manuals import check_light, check_settings, importers


def test_every_setting_is_explained_in_the_manual() -> None:
    check_settings("viber", ViberSettings)


def test_the_way_in_and_the_pure_parts_do_not_import_the_library() -> None:
    check_light("bots.web", "bots.viber.ingress", "bots.viber.render", "bots.viber.health")


def test_one_file_imports_the_library() -> None:
    assert importers("viber", "viberbot") == {"codec.py"}


def test_nothing_of_the_library_but_messages_is_used() -> None:
    source = (folder_of("viber") / "codec.py").read_text("utf-8")
    assert [
        line for line in source.splitlines() if line.startswith(("from viber", "import vi"))
    ] == ["from viberbot.api.messages import get_message"]
