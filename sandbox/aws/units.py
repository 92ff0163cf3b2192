"""What runs on machines beside their database: attached volumes as devices, and systemd-run's units."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sandbox.aws.hosts import Host, Hosts
from sandbox.aws.machine import UNIT, read_word, write_whole
from sandbox.neo4j.process import Child, start_child

STOP_SECONDS = 30.0
"""How long a unit may take to end before it is killed."""

_log = logging.getLogger(__name__)


class MachinesReconciler:
    """Keeps devices and transient units in line with the machines; a unit that ended is forgotten.

    That is what `systemd-run --collect` asks for. A unit ends with its machine.
    """

    name = "machines"

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._running: dict[Path, Child] = {}

    def step(self) -> None:
        """Plug volumes, start new units, stop those that are to end, forget those that have ended."""
        hosts = [host for host in self._hosts.all() if host.machine.folder.exists()]
        wanted: set[Path] = set()
        for host in hosts:
            host.machine.plug(host.volumes)
            if host.is_running:
                wanted.update(_wanted_units(host))
        for unit in wanted - self._running.keys():
            self._start(unit)
        for unit in list(self._running):
            if unit not in wanted or self._running[unit].poll() is not None:
                self._end(unit)

    def close(self) -> None:
        """Stop every unit."""
        for unit in list(self._running):
            self._end(unit)

    def _start(self, unit: Path) -> None:
        self._running[unit] = start_child(
            ["bash", str(unit / "run")], env=os.environ, cwd=unit, log=unit / "log"
        )
        write_whole(unit / "state", "active")
        _log.info("%s started", unit)

    def _end(self, unit: Path) -> None:
        process = self._running.pop(unit)
        if process.poll() is None:
            process.send_signal(signal.Signals[f"SIG{read_word(unit / 'signal', 'TERM')}"])
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        shutil.rmtree(unit, ignore_errors=True)
        _log.info("%s ended with %s", unit, process.returncode)


def _wanted_units(host: Host) -> Iterator[Path]:
    units = host.machine.units
    for unit in units.iterdir() if units.exists() else []:
        is_transient = unit.name != UNIT and not unit.name.startswith(".")
        if is_transient and read_word(unit / "wanted", "inactive") == "active":
            yield unit
