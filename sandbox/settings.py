"""What may differ between two sandboxes on one machine: home folder, ports and networks.

Read from `CREDEX_SANDBOX_*` variables, so that tests run a sandbox of their own beside a demo. A running
sandbox's settings are kept in its record; whoever talks to it reads them there.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

HOST = "127.0.0.1"

PROJECT = Path(__file__).resolve().parent.parent
"""The folder with `terraform/`, `deployments/` and `prefect.yaml`."""

Port = Annotated[int, Field(ge=1, le=65535)]
Octet = Annotated[int, Field(ge=1, le=254)]
Folder = Annotated[Path, AfterValidator(lambda path: path.absolute())]


class Profile(StrEnum):
    """The shape of the sandbox: all on one worker's disk, or as a team has it."""

    SINGLE = "single"
    TEAM = "team"


class SandboxSettings(BaseSettings):
    """One sandbox: everything it listens on and writes to follows from this."""

    model_config = SettingsConfigDict(env_prefix="CREDEX_SANDBOX_", frozen=True)

    home: Folder = Field(default=Path(".sandbox"), validate_default=True)
    aws_port: Port = 5600
    github_port: Port = 5610
    prefect_port: Port = 4200
    postgres_port: Port = 5620
    """Where the database of Prefect's server listens, in the shape of a team."""

    profile: Profile = Profile.SINGLE
    """A team's Prefect has PostgreSQL, and two workers that share no disk."""

    networks: dict[str, Octet] = {"development": 10, "staging": 20, "production": 30}
    """The second octet of each environment's network: 10 makes it 127.10.0.0/16."""

    ends_with_starter: bool = False
    """Whether it is taken down when the process that started it ends, as tests want it; else it stays."""

    def ports(self) -> dict[str, int]:
        """Each port by the name of the setting that changes it."""
        prefix = self.model_config["env_prefix"]
        own = ("postgres_port",) if self.profile is Profile.TEAM else ()
        names = ("aws_port", "github_port", "prefect_port", *own)
        return {f"{prefix}{name}".upper(): getattr(self, name) for name in names}

    @property
    def aws_url(self) -> str:
        """Endpoint of the local AWS; an address, because `localhost` breaks S3's path style."""
        return f"http://{HOST}:{self.aws_port}"

    @property
    def github_url(self) -> str:
        """Address of the GitHub stand-in."""
        return f"http://{HOST}:{self.github_port}"

    @property
    def prefect_url(self) -> str:
        """Address of Prefect's UI; its API is below `/api`."""
        return f"http://{HOST}:{self.prefect_port}"

    @property
    def environments(self) -> Path:
        """The folder of the environments' settings as they are on this sandbox."""
        return self.home / "environments"

    @property
    def programs(self) -> Path:
        """The folder of the programs that a worker needs and a machine may lack."""
        return self.home / "bin"

    @property
    def workers(self) -> dict[str, Path]:
        """Each worker's own folder, by its name. A team's stand for machines: nothing else is theirs."""
        if self.profile is Profile.SINGLE:
            return {"Prefect worker": self.home}
        folder = self.home / "workers"
        return {"Prefect worker": folder / "first", "Second worker": folder / "second"}

    @property
    def results_bucket(self) -> str | None:
        """Where a team's workers keep the steps' results; one worker alone has a disk."""
        return "credex-results" if self.profile is Profile.TEAM else None

    @property
    def logs(self) -> Path:
        """The folder of the parts' own output, one file each."""
        return self.home / "logs"
