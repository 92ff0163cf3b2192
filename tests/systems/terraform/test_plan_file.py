"""Plan files hold secrets: their folder is closed to others and always removed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from systems.terraform.plan_file import plan_folder, sha256_of, sweep


def test_the_folder_is_closed_to_others_and_removed_even_after_an_error(tmp_path: Path) -> None:
    """Nothing of a plan outlives its use."""

    def fail() -> None:
        with plan_folder(tmp_path) as folder:
            assert folder.stat().st_mode & 0o777 == 0o700
            (folder / "plan").write_bytes(b"secret")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_swept_but_not_what_a_living_one_uses(tmp_path: Path) -> None:
    """The next run removes the plan of a run that died."""
    program = (
        "import os, sys, pathlib\n"
        "from systems.terraform.plan_file import plan_folder\n"
        "with plan_folder(pathlib.Path(sys.argv[1])) as folder:\n"
        "    (folder / 'plan').write_bytes(b'secret')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert killed.returncode == -9
    (left,) = tmp_path.iterdir()
    assert (left / "plan").exists()
    with plan_folder(tmp_path) as mine, plan_folder(tmp_path) as other:
        assert sorted(tmp_path.iterdir()) == sorted([mine, other])
        assert sweep(tmp_path) == []


def test_sweeping_where_no_plan_ever_was_does_nothing(tmp_path: Path) -> None:
    """A new machine has no such folder yet."""
    assert sweep(tmp_path / "none") == []


def test_the_digest_is_of_the_files_bytes(tmp_path: Path) -> None:
    """It is what an approval is bound to."""
    file = tmp_path / "plan"
    file.write_bytes(b"plan")
    assert sha256_of(file) == hashlib.sha256(b"plan").hexdigest()
