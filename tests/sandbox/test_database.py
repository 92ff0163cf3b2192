"""Starting the sandbox in the shape of a team without its database: one sentence, and the way out."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import SetUpError
from sandbox.lifecycle import up
from sandbox.ports import free_ports
from sandbox.prefect import database
from sandbox.prefect.database import prepare_database
from sandbox.settings import Profile, SandboxSettings
from tests.conftest import ignore


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that its owner alone may pass through."""
    with tempfile.TemporaryDirectory(prefix="credex-closed-") as folder:
        yield Path(folder)


def of_a_team(folder: Path) -> SandboxSettings:
    aws, github, prefect, postgres = free_ports(4)
    return SandboxSettings(
        home=folder / "sandbox",
        profile=Profile.TEAM,
        aws_port=aws,
        github_port=github,
        prefect_port=prefect,
        postgres_port=postgres,
    )


def test_a_machine_without_postgresql_is_told_so_before_anything_starts(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(closed))
    monkeypatch.setattr(database, "FOLDERS", ())
    settings = of_a_team(closed)
    with pytest.raises(SetUpError, match="needs PostgreSQL, and there is none") as refused:
        up(settings, ignore)
    assert "apt install postgresql" in refused.value.next_step
    assert "CREDEX_SANDBOX_PROFILE=single" in refused.value.next_step
    assert not settings.home.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root runs PostgreSQL as himself")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="root runs PostgreSQL by setpriv")
def test_a_home_that_postgresqls_user_cannot_reach_is_named(closed: Path) -> None:
    with pytest.raises(SetUpError, match=f"cannot reach {closed}/sandbox/postgresql") as refused:
        prepare_database(of_a_team(closed))
    assert "CREDEX_SANDBOX_HOME" in refused.value.next_step
