"""Files of others are what their makers published, but for the paths of their imports."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_FOLDERS = (_ROOT / "bots" / "desk" / "static" / "vendor", Path(__file__).parent / "vendor")
#: Relative paths, because the page has no import map; everything else is untouched.
_IMPORTS = {
    "./preact.js": "preact",
    "./hooks.js": "preact/hooks",
    "./signals-core.js": "@preact/signals-core",
}


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda folder: folder.parent.name)
def test_vendored_files_differ_from_their_source_by_import_paths_alone(folder: Path) -> None:
    listed = json.loads((folder / "VERSIONS.json").read_text("utf-8"))
    assert {one["file"] for one in listed} == {path.name for path in folder.glob("*.js")}
    for one in listed:
        content = (folder / one["file"]).read_bytes()
        assert sha256(content).hexdigest() == one["sha256"], one["file"]
        for ours, theirs in _IMPORTS.items():
            content = content.replace(f'from"{ours}"'.encode(), f'from"{theirs}"'.encode())
        assert sha256(content).hexdigest() == one["source_sha256"], one["file"]
