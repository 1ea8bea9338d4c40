"""The manual of MAX is complete; its checklist is held to the truth by the contract suite."""

from bots.max.settings import MaxSettings
from tests.bots.manuals import check_files, check_light, check_settings


def test_every_setting_is_explained_in_the_manual() -> None:
    check_settings("max", MaxSettings)


def test_every_file_is_named_in_the_manual() -> None:
    check_files("max", "way.py")


def test_max_brings_no_library_of_its_own() -> None:
    check_light("bots.max.way")
