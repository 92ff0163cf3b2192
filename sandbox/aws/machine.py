"""The machine behind an EC2 instance: its folder, and the surroundings in which commands run on it.

A machine is no virtual machine: its commands are processes of this host, which find in their PATH and their
environment what they would find on a prepared Linux host. `NEO4J_HOME` and `NEO4J_DATA` are the same names
that the real machine's profile sets. What starts and stops Neo4j is in `databases`.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.aws.programs import programs
from sandbox.neo4j.admin import admin_command
from sandbox.neo4j.server import server_command

UNIT = "neo4j"
"""The unit of the database that the machine is there for."""

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Machine:
    """One instance's machine; everything of it lies in `folder`."""

    instance_id: str
    address: str
    folder: Path

    @property
    def neo4j_home(self) -> Path:
        """The installation of Neo4j: configuration and programs, no data."""
        return self.folder / "neo4j"

    @property
    def settings_file(self) -> Path:
        """Lines `name=value` that are added to Neo4j's configuration at each of its starts."""
        return self.folder / "neo4j-settings.conf"

    @property
    def log(self) -> Path:
        """What Neo4j prints."""
        return self.folder / "neo4j.log"

    @property
    def units(self) -> Path:
        """A folder for each unit that `systemctl` knows."""
        return self.folder / "units"

    def wants_database(self) -> bool:
        """Tell whether the service is meant to run: it is enabled, so yes unless somebody stopped it."""
        return read_word(self.units / UNIT / "wanted", "active") == "active"

    def boot(self) -> None:
        """Forget a service that was stopped by hand: the machine starts what is enabled."""
        (self.units / UNIT).mkdir(parents=True, exist_ok=True)
        write_whole(self.units / UNIT / "wanted", "active")
        self.tell(active=False)

    def tell(self, *, active: bool) -> None:
        """Publish whether Neo4j runs, for `systemctl` on this machine."""
        write_whole(self.units / UNIT / "state", "active" if active else "inactive")

    def plug(self, volumes: Mapping[str, Path]) -> None:
        """Show the attached volumes as devices, under the names that EC2's own have in /dev/disk/by-id."""
        self._devices.mkdir(parents=True, exist_ok=True)
        names = {f"nvme-Amazon_Elastic_Block_Store_{each.replace('-', '')}": each for each in volumes}
        for name, volume_id in names.items():
            if not (self._devices / name).is_symlink():
                volumes[volume_id].mkdir(parents=True, exist_ok=True)
                (self._devices / name).symlink_to(volumes[volume_id])
        for device in self._devices.iterdir():
            if device.name not in names:
                device.unlink()

    @property
    def _devices(self) -> Path:
        return self.folder / "devices"

    def prepare(self, version: str | None) -> None:
        """Write the programs that commands find here; those of Neo4j where a version is installed."""
        for name, text in programs(self.folder).items():
            _write_program(self.folder / "bin" / name, text)
        if version is not None:
            self._install_neo4j(version)

    def _install_neo4j(self, version: str) -> None:
        places = (
            f"export NEO4J_HOME={shlex.quote(str(self.neo4j_home))}\n"
            'export NEO4J_CONF="${NEO4J_CONF:-$NEO4J_HOME/conf}"\n'
        )
        admin = shlex.join(admin_command(version, self.neo4j_home))
        server = shlex.join(server_command(version, self.neo4j_home))
        _write_program(self.neo4j_home / "bin" / "neo4j-admin", f'#!/bin/bash\n{places}exec {admin} "$@"\n')
        _write_program(
            self.neo4j_home / "bin" / "neo4j",
            f"#!/bin/bash\n{places}"
            f"[[ ${{1:-}} == console ]] || {{ echo {shlex.quote(version)}; exit; }}\n"
            f'exec {server} --home-dir="$NEO4J_HOME" --config-dir="$NEO4J_CONF" --console-mode\n',
        )

    def environment(self, data: Path | None, aws: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command; `data` is the mounted data volume, `aws` points to the local AWS."""
        home = self.neo4j_home
        environment = {
            "PATH": f"{self.folder / 'bin'}:{home / 'bin'}:{_SYSTEM_PATH}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "NEO4J_HOME": str(home),
            "NEO4J_CONF": str(home / "conf"),
            "NEO4J_SETTINGS": str(self.settings_file),
            "NEO4J_DEVICES": str(self._devices),
            "INSTANCE_ID": self.instance_id,
            "PRIVATE_ADDRESS": self.address,
            **aws,
        }
        if data is not None:
            environment["NEO4J_DATA"] = str(data)
        return environment


def _write_program(path: Path, text: str) -> None:
    """Write it where it is not: commands that run now may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        new = path.with_name(f".{path.name}.new")
        new.write_text(text)
        new.chmod(0o755)
        new.replace(path)


def write_whole(path: Path, text: str) -> None:
    """Replace the file at once: somebody may be reading it."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.replace(path)


def read_word(path: Path, default: str) -> str:
    """Read a file of one word; `default` where it is not there."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return default
