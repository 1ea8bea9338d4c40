"""The manual is complete, and the library stays where it belongs."""

from bots.telegram.settings import TelegramSettings
from tests.bots.manuals import check_light, check_settings, importers


def test_every_setting_is_explained_in_the_manual() -> None:
    check_settings("telegram", TelegramSettings)


def test_the_way_in_and_the_pure_parts_do_not_import_the_library() -> None:
    check_light("bots.web", "bots.telegram.ingress", "bots.telegram.render", "bots.telegram.health")


def test_one_file_imports_the_library() -> None:
    assert importers("telegram", "aiogram") == {"client.py"}
