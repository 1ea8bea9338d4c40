"""The deployment files: they can be read, name what exists, and pin every dependency by hash."""

import re
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bots.cli import NAMES, arguments
from config.settings import load
from core.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "config" / "deploy"
LOCK = (DEPLOY / "requirements.lock").read_text("utf-8")
COMPOSE: Mapping[str, Any] = YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: Mapping[str, Any] = COMPOSE["services"]
OWN = ("web", "worker", "delivery")
UNIT = (DEPLOY / "otklik.service").read_text("utf-8")
NGINX = (DEPLOY / "nginx.conf").read_text("utf-8")
MANUAL = (DEPLOY / "README.md").read_text("utf-8")


def plain(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    """Package -> the rest of its block in the lock."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)
    return {plain(block.partition("==")[0].partition("[")[0]): block for block in blocks if block}


def test_the_lock_names_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {plain(re.split(r"[\[<>=~! ]", item)[0]) for item in project["dependencies"]}
    assert wanted <= pinned().keys()


def test_every_package_of_the_lock_has_a_hash() -> None:
    for name, block in pinned().items():
        assert "--hash=sha256:" in block, name


def test_the_lock_names_no_index() -> None:
    for line in LOCK.splitlines():
        assert "://" not in line
        assert not line.startswith("-")


def filled(value: str) -> str:
    """What compose makes of a value: `${NAME:?…}` and `${NAME:-default}` filled in."""
    samples = {"OTKLIK_PUBLIC_URL": "https://support.example.com", "TELEGRAM_SECRET": "abc-DEF_1"}
    samples["TELEGRAM_TOKEN"] = "123456789:" + "A" * 35
    value = re.sub(r"\$\{(\w+):-([^}]*)\}", r"\2", value)
    return re.sub(r"\$\{(\w+):\?[^}]*\}", lambda m: samples.get(m[1], "s" * 40), value)


def nothing(_: str) -> None:
    """No otklik.toml anywhere."""


@pytest.mark.parametrize("name", OWN)
def test_the_environment_of_a_service_is_understood(name: str) -> None:
    environment = {key: filled(value) for key, value in SERVICES[name]["environment"].items()}
    settings = load(environment, nothing)
    assert settings.database_url.startswith("postgresql+asyncpg://")
    assert settings.nats_url


def test_a_wrong_environment_would_be_noticed() -> None:
    with pytest.raises(ConfigError):
        load({"OTKLIK_DATABASE_ULR": "postgresql+asyncpg://localhost/otklik"}, nothing)


@pytest.mark.parametrize("name", OWN)
def test_a_service_runs_a_command_that_exists(name: str) -> None:
    assert arguments().parse_args(SERVICES[name]["command"]).role == name


def test_no_secret_stands_in_a_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|TOKEN|DATABASE_URL", key):
                assert "${" in value, f"{name}: {key}"
    assert not re.search(r"^Environment=\w*(SECRET|TOKEN|PASSWORD)", UNIT, re.MULTILINE)


def test_what_can_be_asked_has_a_health_check_and_others_wait_for_it() -> None:
    assert {name for name, service in SERVICES.items() if "healthcheck" in service} == {
        "web",
        "postgres",
        "nats",
    }
    for name in OWN:
        waited = SERVICES[name]["depends_on"]
        assert {"postgres", "nats"} <= waited.keys()
        assert all(item["condition"] == "service_healthy" for item in waited.values())


def test_the_image_holds_every_package_and_installs_by_hash() -> None:
    recipe = (DEPLOY / "Containerfile").read_text("utf-8")
    for name in NAMES:
        assert re.search(rf"^COPY {name} {name}$", recipe, re.MULTILINE)
    assert "--require-hashes" in recipe
    assert re.search(r"^USER otklik$", recipe, re.MULTILINE)


def is_sent(path: str) -> bool:
    """Whether a file of the checkout goes to whoever builds the image: the last rule counts."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        rule = line.removeprefix("!").removeprefix("**/")
        if not rule or line.startswith("#"):
            continue
        parts = path.split("/")
        beginnings = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        if any(fnmatchcase(part, rule) for part in (parts if "**/" in line else beginnings)):
            sent = line.startswith("!")
    return sent


def test_the_image_holds_nothing_that_lies_in_the_checkout_by_chance() -> None:
    recipe = (DEPLOY / "Containerfile").read_text("utf-8")
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", recipe, re.MULTILINE):
        assert all(is_sent(f"{source}") for source in sources.split())
    assert is_sent("config/settings.py")
    for name in (".env", "config/deploy/.env", "otklik.toml", "otklik.db.key", ".git/config"):
        assert not is_sent(name), name
    assert not is_sent("core/storage/__pycache__/open.cpython-311.pyc")
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {".env", "secrets.env", "otklik.toml"} <= {*ignored}


def test_the_unit_is_fenced_in() -> None:
    for line in (
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
        "SystemCallFilter=@system-service",
        "EnvironmentFile=/etc/otklik/secrets.env",
    ):
        assert re.search(rf"^{re.escape(line)}$", UNIT, re.MULTILINE), line


def test_the_site_lets_sockets_through_and_bounds_bodies() -> None:
    assert NGINX.count("{") == NGINX.count("}")
    assert "proxy_set_header Upgrade $http_upgrade;" in NGINX
    live = NGINX.partition("location = /api/v1/live")[2].partition("}")[0]
    assert "proxy_read_timeout 1h;" in live
    assert re.search(r"^    client_max_body_size 1m;$", NGINX, re.MULTILINE)
    # who sends too large an update again and again must be heard by us
    webhooks = NGINX.partition("location /webhooks/")[2].partition("}")[0]
    assert "client_max_body_size 8m;" in webhooks
    # what the nginx of today's long-supported systems has not learnt yet
    assert not re.search(r"^\s*http2 ", NGINX, re.MULTILINE)


def test_every_file_has_its_line() -> None:
    for path in DEPLOY.iterdir():
        assert path.name == "README.md" or f"`{path.name}`" in MANUAL, path.name


def test_commands_beside_the_unit_get_its_user_and_its_folder() -> None:
    command = MANUAL.partition("systemd-run ")[2].partition("```")[0]
    assert "--uid=otklik " in command
    for name in ("DynamicUser", "StateDirectory", "StateDirectoryMode", "EnvironmentFile"):
        (line,) = re.findall(rf"^{name}=.*$", UNIT, re.MULTILINE)
        assert f"--property={line} " in command
    (database,) = re.findall(r"^Environment=(OTKLIK_DATABASE_URL=.*)$", UNIT, re.MULTILINE)
    assert f"--setenv={database} " in command


def test_everything_that_compose_asks_of_the_environment_has_its_line() -> None:
    named = set(re.findall(r"\$\{(\w+):[?-]", (DEPLOY / "compose.yaml").read_text("utf-8")))
    assert named
    for name in named:
        assert f"`{name}`" in MANUAL, name
