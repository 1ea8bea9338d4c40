"""A driver of the company's own, named as `module:Class`."""

from importlib import import_module

from core.backoffice.port import Backoffice
from core.errors import ConfigError

#: What a driver must have; taken from the port, so that the two cannot drift apart.
METHODS = tuple(sorted(name for name in vars(Backoffice) if not name.startswith("_")))


def custom_driver(path: str, *, url: str, token: str) -> Backoffice:
    """Makes `Class(url=…, token=…)` of `module:Class`.

    Raises ConfigError with one sentence when it cannot be found, made, or is no Backoffice."""
    module_name, colon, class_name = path.partition(":")
    if not (module_name and colon and class_name.isidentifier()):
        raise ConfigError([f"backoffice.driver «{path}» must look like «module:Class»"])
    try:
        module = import_module(module_name)
        made = getattr(module, class_name)(url=url, token=token)
    except Exception as error:
        # A stranger's module may fail in any way; the type tells enough and holds no secret.
        told = (
            f"{type(error).__name__}: {error}"
            if isinstance(error, ImportError)
            else repr(type(error).__name__)
        )
        raise ConfigError([f"backoffice.driver «{path}» cannot be made: {told}"]) from error
    missing = [name for name in METHODS if not callable(getattr(made, name, None))]
    if missing:
        raise ConfigError([f"backoffice.driver «{path}» lacks the methods {', '.join(missing)}"])
    driver: Backoffice = made
    return driver
