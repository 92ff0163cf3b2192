"""The files that set a machine up say what to install, and never where from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PINS = ("requirements.txt", "requirements-terraform.txt")


@pytest.mark.parametrize("name", PINS)
def test_each_requirement_is_pinned_and_hashed(name: str) -> None:
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"^[A-Za-z0-9_.\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("name", [*PINS, "Makefile", "pyproject.toml", ".ci/run"])
def test_no_set_up_file_names_a_host(name: str) -> None:
    assert "://" not in (ROOT / name).read_text()
