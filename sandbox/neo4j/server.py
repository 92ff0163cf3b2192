"""One Neo4j server as a child process on one loopback address."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from models.errors import SetUpError
from sandbox.neo4j import admin
from sandbox.neo4j.configuration import configuration_folder, write_configuration
from sandbox.neo4j.distribution import Distribution, distribution
from sandbox.neo4j.process import start_child

STOP_SECONDS = 30.0
"""How long a server may take to close its store before it is killed."""

_BOLT_HANDSHAKE = bytes.fromhex("6060b017 00000005 00000004 00000000 00000000")
_OPENED_PACKAGES = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent", "java.lang")
_JVM_OPTIONS = [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xms256m",
    "-Xmx512m",
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED_PACKAGES),
    "--enable-native-access=ALL-UNNAMED",
]


def server_command(version: str, home: Path) -> list[str]:
    """The command line of a version's server, up to its own arguments; raises as `distribution` does.

    Plugins are on the class path, behind what Neo4j itself needs.
    """
    neo4j = distribution(version)
    class_path = f"{neo4j.class_path}:{home}/plugins/*"
    return [str(neo4j.java), *_JVM_OPTIONS, "-cp", class_path, neo4j.main_class]


class Neo4jServer:
    """A server that may be started and stopped many times over the same data.

    `home` holds what belongs to this installation (configuration, logs); `data` what is worth keeping. `log`
    takes the process's output. `settings` are further lines of neo4j.conf, written at each start; they
    may be changed between two starts. (A new data folder must be writable at its first.)
    """

    def __init__(
        self,
        version: str,
        address: str,
        home: Path,
        data: Path,
        log: Path,
        *,
        port: int = 7687,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.version = version
        self.address = address
        self.port = port
        self.home = home.absolute()
        self.data = data.absolute()
        self.log = log.absolute()
        self.settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where drivers connect to."""
        return f"bolt://{self.address}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The process id of the server that was started last; None before the first start."""
        return self._process.pid if self._process else None

    @property
    def has_password(self) -> bool:
        """Whether the data folder has its users already, so that an initial password would have no effect."""
        return any((self.data / "dbms").glob("auth*")) or (self.data / "databases" / "system").exists()

    def configure(self) -> None:
        """Write the configuration, which neo4j-admin reads too; `start` does so by itself."""
        for folder in (self.home, self.data, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        silent = {"server.fleet_discovery.enabled": "false"} if self._neo4j.announces_itself else {}
        write_configuration(self.home, self.data, self.address, self.port, {**silent, **self.settings})

    def set_initial_password(self, password: str) -> None:
        """Give user neo4j its password, before the first start on a new data folder.

        Raises SetUpError where neo4j-admin does not accept it.
        """
        self.configure()
        admin.set_initial_password(self.version, self.home, password)

    def start(self) -> None:
        """Start the process and return at once; `ready` tells when it answers.

        Raises SetUpError where the address cannot be bound: Neo4j itself would only end later, while
        whoever holds the port answers in its stead.
        """
        if self.poll() is None and self._process is not None:
            return
        self._refuse_taken_address()
        self.configure()
        self._process = start_child(self._command(), env=os.environ, cwd=self.home, log=self.log)

    def poll(self) -> int | None:
        """The exit code of a server that has ended; None while it runs, and before the first start."""
        return self._process.poll() if self._process else None

    def ready(self) -> bool:
        """Whether this server runs and answers Bolt's handshake; a login may still take a moment longer."""
        if self._process is None or self._process.poll() is not None:
            return False
        try:
            with socket.create_connection((self.address, self.port), timeout=1) as connection:
                connection.sendall(_BOLT_HANDSHAKE)
                return len(connection.recv(4)) == 4
        except OSError:
            return False

    def stop(self, timeout_seconds: float = STOP_SECONDS) -> None:
        """Let the server close its store and end; kill it where it takes longer than that."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End the process as a crash of its machine would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @cached_property
    def _neo4j(self) -> Distribution:
        return distribution(self.version)

    def _command(self) -> list[str]:
        places = [f"--home-dir={self.home}", f"--config-dir={configuration_folder(self.home)}"]
        return [*server_command(self.version, self.home), *places, "--console-mode"]

    def _refuse_taken_address(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.address, self.port))
            except OSError as error:
                raise SetUpError(
                    f"Neo4j cannot listen on {self.address}:{self.port}: {error.strerror}.",
                    next_step="Stop what listens there, or choose another address.",
                ) from error
