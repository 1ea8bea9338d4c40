"""The manual is complete, and the library stays in one file."""

from bots.vk.settings import VkSettings
from tests.bots.manuals import check_files, check_light, check_settings, importers


def test_every_setting_is_explained_in_the_manual() -> None:
    check_settings("vk", VkSettings)


def test_every_file_is_in_the_manual() -> None:
    check_files("vk")


def test_the_way_in_and_the_pure_parts_do_not_import_the_library() -> None:
    check_light("bots.web", "bots.vk.ingress", "bots.vk.render", "bots.vk.health")


def test_one_file_imports_the_library() -> None:
    assert importers("vk", "vkbottle") == {"client.py"}
