"""The command line: reads the words, then imports only what the command needs.

Errors are one readable line each on stderr: exit code 1, or 2 for wrong usage.
"""

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

NAMES = ("bots", "core", "handlers", "scenarios", "config")
#: Tuning a set of scenarios is many small products of matrices. The threads that numpy's BLAS would
#: start for them wait for each other by turning round: on two cores that have something else to do
#: it took 25 s of CPU with them and 5 without, on two idle ones 5.2 and 3.9. Read when numpy loads.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
_LAST_PORT = 65535
ROOT = Path(__file__).resolve().parent.parent


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code."""
    _open_what_is_closed()
    _print_what_can_be()
    os.environ.setdefault(*ONE_THREAD)
    stranger = rival(ROOT)
    if stranger:
        print(f"otklik: {stranger}", file=sys.stderr)
        return 1
    parser = arguments()
    words = understood(parser, argv)
    if words.command is None:
        parser.print_help()
        return 2
    from core.errors import ConfigError, OtklikError, ScenarioError

    try:
        run = importlib.import_module(f"bots.commands.{words.module}").run
        code = run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _give_up_output()  # its reader went away
        return 0
    except (ConfigError, ScenarioError) as error:
        for line in str(error).splitlines():
            print(f"otklik: {line}", file=sys.stderr)
        return 1
    except OtklikError as error:
        print(f"otklik: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        _give_up_output()
        reason = error.strerror or str(error) or type(error).__name__
        print(
            f"otklik: {error.filename}: {reason}" if error.filename else f"otklik: {reason}",
            file=sys.stderr,
        )
        return 1
    return int(code or 0)


def understood(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> argparse.Namespace:
    """The words of a command. argparse hands out places in one go and would not know the folder
    in `graph balance -o balance.svg DIR`, behind an option."""
    words, left = parser.parse_known_args(argv)
    if len(left) == 1 and not left[0].startswith("-") and getattr(words, "dir", "") is None:
        words.dir = left[0]
    elif left:
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    return words


def _open_what_is_closed() -> None:
    """A stream that was closed before us (`<&-`) is None: nothing comes from it then, and nothing
    goes there. The file of nothing takes its number, which a database would get otherwise."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  for good


def _print_what_can_be() -> None:
    """A letter that the output has no sign for is a question mark there and ends nothing: Russian
    on a terminal of another language, the name of a file that is no text."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if callable(reconfigure) and sys.stdout.errors == "strict":
        reconfigure(errors="replace")


def _give_up_output() -> None:
    """Where nothing more can be written, writing once more at exit would only complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def rival(root: Path) -> str:
    """A sentence naming a package that would be imported instead of ours, or nothing."""
    for name in NAMES:
        spec = importlib.util.find_spec(name)
        place = Path(spec.origin).parent if spec and spec.origin else None
        if place is not None and place.parent != root:
            from importlib.metadata import packages_distributions

            owners = packages_distributions().get(name, ["an unknown package"])
            owner = ", ".join(sorted(set(owners) - {"otklik"}) or owners)
            return (
                f"the name «{name}» belongs to {owner} ({place}); uninstall it, "
                f"or start with `python -m bots` in {root}"
            )
    return ""


def arguments() -> argparse.ArgumentParser:
    """All commands with their words; each has an example."""
    parser = argparse.ArgumentParser(
        prog="otklik", description="Bots and operators for customers in every messenger."
    )
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _process(commands)
    _scenario_commands(commands)
    _people(commands)
    _later(commands)
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    module: str,
    text: str,
    example: str,
) -> argparse.ArgumentParser:
    command = _told(commands, name, text, example)
    command.set_defaults(command=name, module=module)
    return command


def _told(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    example: str,
) -> argparse.ArgumentParser:
    """A command, or an action of one, that explains itself."""
    return commands.add_parser(
        name,
        help=text,
        description=text,
        epilog=f"example: otklik {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _host(text: str) -> str:
    from core.peer import is_host

    if text and not is_host(text):
        raise argparse.ArgumentTypeError(
            f"a host is a name or an address without a port, such as 127.0.0.1 or ::1, not {text}"
        )
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {_LAST_PORT}, not {text}")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not {text}")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 100:
        raise argparse.ArgumentTypeError(f"per cent: a number from 0 to 100, not {text}")
    return share


def _process(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serve = _add(commands, "serve", "serve", "Run everything in one process.", "serve --demo")
    serve.add_argument(
        "--host", type=_host, default=None, help="address to listen on (default 127.0.0.1)"
    )
    serve.add_argument("--port", type=_port, default=None, help="port (default 8080)")
    serve.add_argument(
        "--role",
        choices=["all", "web", "worker", "delivery"],
        default="all",
        help="which part of the work this process does (default all; others need PostgreSQL)",
    )
    serve.add_argument(
        "--demo", action="store_true", help="demo back office and operators, no settings needed"
    )
    chat = _add(commands, "chat", "chat", "Talk to the bot in the terminal.", "chat --lang en")
    chat.add_argument("--scenarios", metavar="DIR", default=None, help="scenario folder")
    chat.add_argument("--lang", choices=["ru", "en"], default=None)
    chat.add_argument("--plain", action="store_true", help="lines in, lines out, for scripts")
    chat.add_argument("--user", metavar="ID", default=None, help="go on as this person")
    _add(commands, "migrate", "migrate", "Bring the database to this version.", "migrate")
    doctor = _add(commands, "doctor", "channel", "Check every channel.", "doctor --fix")
    doctor.add_argument("--fix", action="store_true", help="repair what can be repaired")
    bench = _add(commands, "bench", "bench", "Measure speed on this machine.", "bench turns --json")
    bench.add_argument("what", choices=["turns", "http", "peers", "codecs"])
    bench.add_argument("--json", action="store_true", help="machine-readable result")
    bench.add_argument("--customers", type=_count, default=200, help="customers at once")
    bench.add_argument(
        "--rounds",
        type=_count,
        default=None,
        help="conversations per customer; codecs: calls in a run",
    )
    bench.add_argument("--database", action="append", default=None, help="database URL; repeatable")


def _scenario_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    def folder(command: argparse.ArgumentParser) -> None:
        command.add_argument("dir", metavar="DIR", nargs="?", default=None)

    def lang(command: argparse.ArgumentParser) -> None:
        command.add_argument("--lang", choices=["ru", "en"], default=None)

    check = _add(commands, "check", "check", "Check scenario files.", "check scenarios --strict")
    folder(check)
    lang(check)
    check.add_argument("--format", choices=["text", "json", "github"], default="text")
    check.add_argument("--strict", action="store_true", help="warnings fail too")
    check.add_argument("--deep", action="store_true", help="look for misunderstood examples")
    check.add_argument("--explain", metavar="CODE", default=None, help="what a finding means")
    test = _add(commands, "test", "check", "Run the tests in scenario files.", "test --only Код")
    folder(test)
    lang(test)
    test.add_argument("--channel", metavar="NAME", default=None, help="within a channel's limits")
    test.add_argument("--only", metavar="NAME", default=None, help="tests whose name contains it")
    test.add_argument("--min-coverage", type=_share, default=0, metavar="N", help="per cent")
    test.add_argument("--record", metavar="DIALOG", default=None, help="a stored dialog as a test")
    graph = _add(commands, "graph", "check", "Draw a scenario.", "graph balance -o balance.svg")
    graph.add_argument("scenario")
    folder(graph)
    lang(graph)
    graph.add_argument("-o", "--output", metavar="FILE", default=None, help=".mmd or .svg")
    _add(commands, "schema", "check", "JSON Schema of scenario files, for editors.", "schema")
    understand = _add(
        commands, "understand", "check", "Show how a text is understood.", 'understand "нет денег"'
    )
    understand.add_argument("text")
    folder(understand)
    scenarios = _add(
        commands, "scenarios", "publish", "Publish scenarios and look after them.", "scenarios list"
    )
    words = scenarios.add_subparsers(dest="action", required=True, metavar="ACTION")
    publish = "Check, test and store a folder; new dialogs take it."
    folder(_told(words, "publish", publish, "scenarios publish"))
    folder(_told(words, "list", "What was published when.", "scenarios list"))
    back = _told(words, "rollback", "Make an earlier set active again.", "scenarios rollback")
    back.add_argument("hash", nargs="?", default=None, help="default: the set before")
    diff = _told(words, "diff", "What differs between two sets.", "scenarios diff 1f0c 9ab2")
    diff.add_argument("old", help="a hash, or its beginning")
    diff.add_argument("new", help="a hash, or its beginning")
    complete = "Complete the translation files of a language."
    translate = _told(words, "translate", complete, "scenarios translate en")
    translate.add_argument("language", help="one that bot.yaml lists")
    folder(translate)
    accept = "what differs from its source is translated right: set its marks"
    translate.add_argument("--accept", action="store_true", help=accept)


def _people(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    operator = _add(
        commands, "operator", "operator", "Look after operators.", "operator add anna --queue sales"
    )
    actions = operator.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = _told(actions, "add", "Make an account.", "operator add anna --queue sales")
    add.add_argument("login")
    add.add_argument("--name", default=None, help="as customers see it (default: the login)")
    add.add_argument("--role", action="append", choices=["operator", "supervisor", "admin"])
    add.add_argument("--queue", action="append", default=None, help="repeatable")
    _told(actions, "list", "Who has an account.", "operator list")
    for name, text in (
        ("disable", "Close an account."),
        ("reset-password", "Give a new password, printed once."),
        ("drop-codes", "Forget the one-time codes of who lost the phone with them."),
    ):
        _told(actions, name, text, f"operator {name} anna").add_argument("login")
    channel = _add(commands, "channel", "channel", "Look at channels.", "channel test main")
    channels = channel.add_subparsers(dest="action", required=True, metavar="ACTION")
    _told(channels, "list", "Channels of the settings.", "channel list")
    test = _told(channels, "test", "Ask the platform what is wrong.", "channel test main")
    test.add_argument("name", help="as the settings call it")


def _later(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Names that a later version fills."""
    report = _add(commands, "report", "later", "Figures of a period (not yet).", "report")
    customer = _add(
        commands, "customer", "later", "What is kept of a customer (not yet).", "customer export 42"
    )
    actions = customer.add_subparsers(dest="action", required=True, metavar="ACTION")
    both = [
        _told(actions, name, f"{text} (not yet).", f"customer {name} 42")
        for name, text in (("export", "All that is kept"), ("erase", "Forget a customer"))
    ]
    for command in (report, *both):
        command.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
