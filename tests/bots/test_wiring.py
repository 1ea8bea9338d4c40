"""The settings that a command starts with."""

from pathlib import Path

import pytest

from bots import wiring


@pytest.mark.parametrize(
    ("file", "environ", "driver"),
    [
        ("", {}, "demo"),
        ("[backoffice]\n", {wiring.DRIVER: ""}, "demo"),
        ('[backoffice]\ndriver = "none"\n', {}, "none"),
        ('[backoffice]\ndriver = "none"\n', {wiring.DRIVER: "demo"}, "demo"),
        ("", {wiring.DRIVER: "none"}, "none"),
    ],
)
def test_the_demo_back_office_stands_in_only_where_none_is_named(
    file: str,
    environ: dict[str, str],
    driver: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "otklik.toml").write_text(file, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert wiring.load_settings(environ, demo=True).backoffice.driver == driver
