"""The `credex` command: each module of this package adds its commands to `application.app`.

Other packages add commands through the entry-point group `credex.commands`, so that this one need not know
them. `main` is the console script; it prints errors in two sentences and gives the exit code.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from importlib.metadata import entry_points

from rich.console import Console

from deployments.cli.application import app
from models.errors import DeployError, Refused, Rejected

PLUGINS = "credex.commands"

EXIT_FAILED = 1
EXIT_REFUSED = 3
"""Nothing was changed: a rule, bad input, or a person said no. (2 is typer's own, for bad usage.)"""


def load_commands() -> None:
    """Import this package's modules, and add each command group that another package offers.

    A package whose dependencies are not installed, as the sandbox on a production worker, offers nothing.
    """
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    for plugin in entry_points(group=PLUGINS):
        try:
            app.add_typer(plugin.load(), name=plugin.name)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == plugin.module.partition(".")[0]:
                raise


def main() -> None:
    """Run the command line and exit with its code."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    load_commands()
    try:
        app()
    except DeployError as error:
        print_error(error)
        sys.exit(EXIT_REFUSED if isinstance(error, Refused | Rejected) else EXIT_FAILED)
    except KeyboardInterrupt:
        sys.exit(130)


def print_error(error: DeployError) -> None:
    """Say on stderr what is wrong and what to do next."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(error.problem, style="bold red", markup=False)
    console.print(error.next_step, markup=False)
