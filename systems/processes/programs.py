"""Finds programs that others installed: by a variable that names one, on PATH, in the usual folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.errors import SetUpError


def named_program(variable: str, called: str, environment: Mapping[str, str]) -> Path | None:
    """The program that a variable names; None where it is not set. `called` is what people call it.

    Raises SetUpError where the variable names no program.
    """
    named = environment.get(variable)
    if not named:
        return None
    found = shutil.which(named, path=environment.get("PATH"))
    if found is None:
        raise SetUpError(
            f"{variable} names {named}, which is no program that can be run.",
            next_step=f"Correct the variable, or unset it to use the {called} on PATH.",
        )
    return Path(found).absolute()


def program_on_path(name: str, environment: Mapping[str, str], folders: Sequence[str] = ()) -> Path | None:
    """The program of this name on PATH, else in one of the folders; None where it is in none."""
    path = environment.get("PATH")
    if folders:
        path = os.pathsep.join([path or "", *(str(Path(folder).expanduser()) for folder in folders)])
    found = shutil.which(name, path=path)
    return Path(found).absolute() if found else None
