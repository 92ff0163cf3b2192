"""Reads which variables and outputs a root module declares, from its files alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2
from hcl2.utils import SerializationOptions
from lark.exceptions import LarkError

from models.errors import SetUpError

_READING = SerializationOptions(with_comments=False, strip_string_quotes=True)


@dataclass(frozen=True)
class Declarations:
    """The names that a root module declares."""

    variables: frozenset[str]
    outputs: frozenset[str]


def read_declarations(root: Path) -> Declarations:
    """What the `.tf` and `.tf.json` files of a folder declare.

    Raises SetUpError for a folder without such files, and for a file that is neither HCL nor JSON.
    """
    files = sorted([*root.glob("*.tf"), *root.glob("*.tf.json")])
    if not files:
        raise SetUpError(
            f"There is no root module of Terraform in {root}.",
            next_step="Give its folder as terraform.directory in the environment's file.",
        )
    documents = [_read(file) for file in files]
    return Declarations(_names(documents, "variable"), _names(documents, "output"))


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open() as text:
            return (
                json.load(text) if file.suffix == ".json" else hcl2.load(text, serialization_options=_READING)
            )
    except (LarkError, ValueError) as error:
        raise SetUpError(
            f"{file.name} of the root module cannot be read.",
            next_step="Run: terraform validate. If that finds nothing, the first plan compares the names.",
        ) from error


def _names(documents: list[dict[str, Any]], kind: str) -> frozenset[str]:
    """JSON may have one object where HCL has a block for each."""
    found: set[str] = set()
    for document in documents:
        blocks = document.get(kind, [])
        for block in blocks if isinstance(blocks, list) else [blocks]:
            found.update(block)
    return frozenset(found)
