"""The script that makes a Neo4j server of a machine: its functions, run with stand-ins for programs."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from sandbox.neo4j.distribution import distribution
from tests.terraform.hcl import ROOT
from tests.terraform.run import Terraform

TEMPLATE = ROOT / "modules" / "databases" / "templates" / "user_data.sh.tftpl"
CLOCK = "sleep() { SECONDS=$((SECONDS + $1)); }\n"
"""Waiting takes no time, and yet time passes."""


def test_the_script_is_valid_bash_and_fits(tmp_path: Path) -> None:
    """Bash finds no error in it, and EC2 takes no more than 16 KiB."""
    script = _script(tmp_path, "5.26.30")
    checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert len(script.encode()) < 16 * 1024


def test_a_download_that_fails_at_first_is_tried_again(tmp_path: Path) -> None:
    """A route or a right that comes late costs time and not the machine."""
    download = "echo try >>tries; [[ $(wc -l <tries) -ge 4 ]]"
    finished = _run(tmp_path, f"{CLOCK} download() {{ {download}; }}\n retry download\n echo installed")
    assert (finished.returncode, finished.stdout) == (0, "installed\n")
    assert (tmp_path / "tries").read_text().count("try") == 4


def test_a_download_that_never_works_ends_the_script_and_is_named(tmp_path: Path) -> None:
    """After ten minutes the log says what was missing; what comes next would only hide it."""
    finished = _run(tmp_path, f"{CLOCK} value=$(retry false parameter)\n echo installed")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.splitlines()[-1] == "Failed for 10 minutes: false parameter"
    assert 100 < len(finished.stderr.splitlines()) < 140


@pytest.mark.parametrize("program", ["dnf", "aws s3 cp", "aws ssm get-parameter"])
def test_nothing_is_fetched_only_once(tmp_path: Path, program: str) -> None:
    """Every download goes through the repeated tries."""
    lines = [line for line in _script(tmp_path, "5.26.30").splitlines() if f"{program} " in line]
    assert lines
    assert all(f"retry {program} " in line for line in lines)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("version", "password"), [("5.26.30", '@# "two" wo\\rds \'-'), ("2026.08.1", '-# "two" wo\\rds \'@')]
)
def test_neo4j_gets_the_password_as_it_is_kept(tmp_path: Path, version: str, password: str) -> None:
    """The real neo4j-admin takes it for a password, whatever it begins with and holds; no file keeps it."""
    _install_admin_command(tmp_path, version)
    (tmp_path / "password").write_text(password)
    stand_ins = 'aws() { cat password; }; chown() { :; }; runuser() { shift 3; "$@"; }\n'
    finished = _run(tmp_path, f"{stand_ins} set_first_password", version)
    assert finished.returncode == 0, finished.stderr
    assert _is_password((tmp_path / "volume" / "data" / "dbms" / "auth.ini").read_text(), password)
    assert list((tmp_path / "run").iterdir()) == []


def test_a_database_that_exists_keeps_its_password(tmp_path: Path) -> None:
    """A new machine on an old volume asks for no password at all."""
    (tmp_path / "volume" / "data" / "databases" / "system").mkdir(parents=True)
    assert _run(tmp_path, "aws() { exit 9; }; set_first_password").returncode == 0


MEMORY_OF = {2048: "1280m", 8192: "7424m", 1024: "1024m"}
"""What Neo4j gets of a machine with so many MiB."""


@pytest.mark.parametrize("is_fenced", [True, False])
def test_the_fence_and_the_machines_memory_decide_at_each_start(tmp_path: Path, *, is_fenced: bool) -> None:
    """What the unit runs before Neo4j: a volume that was fenced elsewhere is read-only here too.

    A machine whose type was changed has other memory; a setting of one's own stays whatever it has.
    """
    home = tmp_path / "opt" / "neo4j-community-5.26.30"
    for folder in (home / "conf", home / "bin", tmp_path / "volume", tmp_path / "etc" / "profile.d"):
        folder.mkdir(parents=True)
    admin = home / "bin" / "neo4j-admin"
    recommends = "server.memory.heap.max_size=of-${3#--memory=}\\nserver.memory.pagecache.size=1g\\n"
    admin.write_text(f'#!/bin/bash\nprintf "{recommends}"\n')
    admin.chmod(0o755)
    if is_fenced:
        (tmp_path / "volume" / "read-only").touch()
    settings = {
        "server.databases.default_to_read_only": "false",
        "server.memory.pagecache.size": "72m",
    }
    memory = tmp_path / "meminfo"
    memory.write_text("MemTotal: 16384000 kB\n")
    configured = _run(tmp_path, "configure_neo4j", settings=settings)
    assert configured.returncode == 0, configured.stderr
    for mebibytes, given in MEMORY_OF.items():
        memory.write_text(f"MemFree: 1 kB\nMemTotal: {mebibytes * 1024} kB\n")
        subprocess.run([tmp_path / "opt" / "credex" / "prepare-neo4j"], check=True)
        lines = (home / "conf" / "neo4j.conf").read_text().splitlines()
        assert sorted(lines) == [
            f"server.databases.default_to_read_only={str(is_fenced).lower()}",
            f"server.memory.heap.max_size=of-{given}",
            "server.memory.pagecache.size=72m",
        ]


def _script(machine: Path, version: str, settings: dict[str, str] | None = None) -> str:
    """The script as Terraform renders it, with this folder in place of the machine's root."""
    values = {
        "region": "af-south-1",
        "database": "ledger",
        "neo4j_version": version,
        "artifacts_uri": "s3://artifacts/neo4j",
        "settings": settings or {"server.directories.data": str(machine / "volume" / "data")},
        "password_parameter": "/credex/testing/PASSWORD",
        "volume_serial": "vol0123456789abcdef0",
        "mount_point": str(machine / "volume"),
        "log_group": "/credex/testing/neo4j-ledger",
        "metrics_namespace": "credex/testing",
    }
    console = Terraform(machine).evaluate(f'jsonencode(templatefile("{TEMPLATE}", {json.dumps(values)}))')
    rendered = str(json.loads(json.loads(console)))
    for folder in ("opt", "etc"):
        rendered = rendered.replace(f"/{folder}/", f"{machine}/{folder}/")
    return rendered.replace("=/run/", f"={machine}/run/").replace("/proc/meminfo", f"{machine}/meminfo")


def _run(
    machine: Path, commands: str, version: str = "5.26.30", settings: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run commands with the script's functions, which end where its first step begins."""
    functions, _, _ = _script(machine, version, settings).partition("\ninstall_packages\n")
    (machine / "run").mkdir(exist_ok=True)
    return subprocess.run(
        ["bash"],
        input=f"{functions}\n{commands}\n",
        cwd=machine,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _install_admin_command(machine: Path, version: str) -> None:
    """Neo4j's home with what the archive's own bin/neo4j-admin starts."""
    neo4j = distribution(version)
    home = machine / "opt" / f"neo4j-community-{version}"
    for folder in ("bin", "conf"):
        (home / folder).mkdir(parents=True)
    (home / "conf" / "neo4j.conf").write_text(f"server.directories.data={machine}/volume/data\n")
    command = home / "bin" / "neo4j-admin"
    java = f'exec "{neo4j.java}" -XX:+UseSerialGC -Xmx256m -cp "{neo4j.class_path}" -Dbasedir="{home}"'
    command.write_text(
        f'#!/bin/bash\nexport NEO4J_HOME="{home}" NEO4J_CONF="{home}/conf"\n'
        f'{java} org.neo4j.server.startup.Neo4jAdminCommand "$@"\n'
    )
    command.chmod(0o755)


def _is_password(users: str, password: str) -> bool:
    """Whether the one user in Neo4j's file (NAME:ALGORITHM,HASH,SALT,ROUNDS:) has this password."""
    algorithm, wanted, salt, rounds = users.split(":")[1].split(",")
    assert algorithm == "SHA-256"
    hashed = hashlib.sha256(bytes.fromhex(salt) + password.encode()).digest()
    for _ in range(int(rounds) - 1):
        hashed = hashlib.sha256(hashed).digest()
    return hashed.hex() == wanted
