"""Pictures of scenarios, from the folder to the channel."""

from pathlib import Path

from bots import bundles, wiring


def test_a_picture_in_capital_letters_is_a_picture(tmp_path: Path) -> None:
    (tmp_path / "ru").mkdir()
    (tmp_path / "ru" / "bot.yaml").write_text("format: 1\n", "utf-8")
    (tmp_path / "media").mkdir()
    for name in ("Карта.PNG", "Офис.JPG"):
        (tmp_path / "media" / name).write_bytes(b"picture")
    assert set(bundles.read_sources(tmp_path).media) == {"Карта.PNG", "Офис.JPG"}
    find = wiring.pictures(tmp_path)
    shown = [find("Карта.PNG"), find("Офис.JPG")]
    assert [file and file.mime for file in shown] == ["image/png", "image/jpeg"]
