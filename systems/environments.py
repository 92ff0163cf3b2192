"""Reads the environments' TOML files; nothing else knows that they are files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from models.environment import Environment
from models.errors import Refused, SetUpError
from systems.settings import Settings

MOST_STAGES = 10
"""Files that promote from each other in a circle are not followed for ever."""


def environment_names(folder: Path | None = None) -> list[str]:
    """The names of all environments that have a file, sorted.

    Raises SetUpError when the folder is not there.
    """
    where = folder or Settings().environments_dir
    if not where.is_dir():
        raise SetUpError(
            f"There is no folder {where} with the environments' settings.",
            next_step="Start from the project's root, or set CREDEX_ENVIRONMENTS_DIR.",
        )
    return sorted(path.stem for path in where.glob("*.toml"))


def in_order_of_promotion(names: Iterable[str]) -> list[str]:
    """Environments in the order in which an image passes them; one whose file is not valid stands first."""
    return sorted(names, key=lambda name: (_stages_before(name), name))


def _stages_before(name: str) -> int:
    passed = 0
    with suppress(Refused, SetUpError):
        while (before := load_environment(name).promotes_from) and passed < MOST_STAGES:
            name, passed = before, passed + 1
    return passed


def load_environment(name: str, folder: Path | None = None) -> Environment:
    """The settings of one environment.

    Raises Refused for an unknown name (the known ones are listed) and SetUpError for a file that is wrong.
    """
    where = folder or Settings().environments_dir
    known = environment_names(where)
    if name not in known:
        raise Refused(
            f"There is no environment {name!r}.",
            next_step=f"Choose one of {', '.join(known)}, or add {where}/<name>.toml.",
        )
    path = where / f"{name}.toml"
    try:
        environment = Environment.model_validate(tomllib.loads(path.read_text()))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise SetUpError(f"{path} is not valid: {_first_fault(error)}.", next_step="Mend the file.") from None
    if environment.name != name:
        raise SetUpError(
            f"{path} calls itself {environment.name!r}.", next_step=f'Write name = "{name}" into it.'
        )
    return environment


def _first_fault(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
