"""The `credex` command: one typer application, put together from this package's modules and from plug-ins.

Other packages add command groups of their own through the entry-point group `credex.commands`, so that this
package need not know them. Only what a call needs is imported: Prefect alone takes seconds.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points

import typer
from rich.console import Console

from models.errors import DeployError, Refused

PLUGINS = "credex.commands"

COMMANDS = ("trigger", "rollback", "approve", "reject", "status", "log", "doctor", "report", "worker")
"""Each is the function of this name in the module of this name, but for those that stand beside another."""

BESIDE = {"status": "log", "reject": "approve"}

GROUPS = ("config", "approver", "backup")
"""Each is the application of the module of this name."""

EXIT_FAILED = 1
EXIT_REFUSED = 3
"""Nothing was changed: bad input, or a rule forbids it. (2 is typer's own, for bad usage.)"""


def main() -> None:
    """Run the command line and exit with its code."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    try:
        application(sys.argv[1:])()
    except DeployError as error:
        print_error(error)
        sys.exit(EXIT_REFUSED if isinstance(error, Refused) else EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(130)


def application(arguments: Sequence[str]) -> typer.Typer:
    """The application with the command that is called, or with all where none of them is."""
    adders = _adders()
    called = [name for name in arguments[:1] if name in adders]
    app = typer.Typer(
        name="credex",
        help="Deploy credex-core and its two databases.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_all_commands)
    for name in called or adders:
        adders[name](app)
    return app


def _all_commands() -> None:
    """Deploy credex-core and its two databases."""


def _adders() -> dict[str, Callable[[typer.Typer], None]]:
    own = {name: partial(_add_command, name) for name in COMMANDS}
    groups = {
        plugin.name: partial(_add_group, plugin.name, plugin.load) for plugin in entry_points(group=PLUGINS)
    }
    own |= {name: partial(_add_group, name, partial(_group, name)) for name in GROUPS}
    return {**own, **groups}


def _add_command(name: str, app: typer.Typer) -> None:
    module = import_module(f"deployments.cli.{BESIDE.get(name, name)}")
    app.command(name)(getattr(module, name))


def _add_group(name: str, load: Callable[[], typer.Typer], app: typer.Typer) -> None:
    app.add_typer(load(), name=name)


def _group(name: str) -> typer.Typer:
    group: typer.Typer = import_module(f"deployments.cli.{name}").app
    return group


def print_error(error: DeployError) -> None:
    """Say on stderr what is wrong and what to do next."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(error.problem, style="bold red", markup=False)
    console.print(error.next_step, markup=False)
