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

from sandbox.neo4j.admin import admin_command

UNIT = "neo4j"
"""The one service that `systemctl` knows."""

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_SYSTEMCTL = """\
#!/bin/bash
# Knows the unit neo4j alone. The sandbox reads what is wanted and writes what is.
set -u
folder={folder}
action="${{1:-}}" unit="${{2:-}}"
[[ $action == daemon-reload ]] && exit 0
if [[ ${{unit%.service}} != neo4j ]]; then
  echo "Unit ${{unit:-?}} could not be found." >&2
  exit 4
fi
reach() {{
  echo "$1" >"$folder/wanted.new" && mv "$folder/wanted.new" "$folder/wanted"
  local deadline=$((SECONDS + {seconds}))
  until [[ $(cat "$folder/state" 2>/dev/null) == "$1" ]]; do
    if ((SECONDS >= deadline)); then
      echo "Job for neo4j.service failed: not $1 within {seconds} seconds." >&2
      exit 1
    fi
    sleep 0.05
  done
}}
state=$(cat "$folder/state")
case $action in
  start | enable) reach active ;;
  stop) reach inactive ;;
  restart) reach inactive && reach active ;;
  is-active) echo "$state"; [[ $state == active ]] || exit 3 ;;
  status) echo "neo4j.service: $state"; [[ $state == active ]] || exit 3 ;;
  *) echo "Unknown command verb $action." >&2; exit 1 ;;
esac
"""

SYSTEMCTL_SECONDS = 120
"""How long `systemctl` waits for the service to be started or stopped."""


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

    def wants_database(self) -> bool:
        """Tell whether the service is meant to run: it is enabled, so yes unless somebody stopped it."""
        return _read(self.folder / "wanted", "active") == "active"

    def boot(self) -> None:
        """Forget a service that was stopped by hand: the machine starts what is enabled."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(self.folder / "wanted", "active")
        self.tell(active=False)

    def tell(self, *, active: bool) -> None:
        """Publish whether Neo4j runs, for `systemctl` on this machine."""
        _write(self.folder / "state", "active" if active else "inactive")

    def prepare(self, version: str | None) -> None:
        """Write the programs that commands find here; those of Neo4j where a version is installed."""
        systemctl = _SYSTEMCTL.format(folder=shlex.quote(str(self.folder)), seconds=SYSTEMCTL_SECONDS)
        _write_program(self.folder / "bin" / "systemctl", systemctl)
        if version is not None:
            self._install_neo4j(version)

    def _install_neo4j(self, version: str) -> None:
        conf = self.neo4j_home / "conf"
        exports = _exports({"NEO4J_HOME": str(self.neo4j_home), "NEO4J_CONF": str(conf)})
        command = shlex.join(admin_command(version, self.neo4j_home))
        _write_program(
            self.neo4j_home / "bin" / "neo4j-admin", f'#!/bin/bash\n{exports}exec {command} "$@"\n'
        )
        _write_program(self.neo4j_home / "bin" / "neo4j", f"#!/bin/bash\necho {shlex.quote(version)}\n")

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
            "INSTANCE_ID": self.instance_id,
            "PRIVATE_ADDRESS": self.address,
            **aws,
        }
        if data is not None:
            environment["NEO4J_DATA"] = str(data)
        return environment


def _exports(variables: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def _write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, text)
    path.chmod(0o755)


def _write(path: Path, text: str) -> None:
    """Replace the file at once: somebody may be reading it."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.replace(path)


def _read(path: Path, default: str) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return default
