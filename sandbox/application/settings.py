"""What the container's environment says: the names of credex-core, and a few of the stand-in's own."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Behaviour(StrEnum):
    """How an image behaves: as it should, or broken on purpose in one way."""

    OK = "ok"
    CRASH = "crash"
    SICK = "sick"
    WRONG_PORT = "wrong-port"
    SLOW_START = "slow-start"


class SeedMoment(StrEnum):
    """When an empty ledger gets its new economy; the real application does it at 00:00 UTC."""

    CONNECTION = "connection"
    MIDNIGHT = "midnight"


class Database(BaseModel):
    """How to reach one of the two databases; the address defaults to what credex-core's does."""

    model_config = ConfigDict(frozen=True)

    url: str = "bolt://localhost:7687"
    user: str = "neo4j"
    password: str = Field("", repr=False)


class Settings(BaseModel):
    """Everything the application reads from its environment, once, at its start."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int
    behaviour: Behaviour
    commit: str
    image_digest: str
    task_id: str
    ledger: Database
    search: Database
    seed_moment: SeedMoment
    minute_job_period: float = Field(gt=0)
    minute_job_duration: float = Field(ge=0)
    slow_start_delay: float = Field(ge=0)
    requests_per_minute: int = Field(gt=0)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings; times are in seconds.

        Raises:
            pydantic.ValidationError: a value that is not of its kind, such as a port that is no number.

        """
        return cls.model_validate(
            {
                "host": environment.get("HOST", "127.0.0.1"),
                "port": environment.get("PORT", "5000"),
                "behaviour": environment.get("IMAGE_BEHAVIOUR", Behaviour.OK),
                "commit": environment.get("IMAGE_COMMIT", "unknown"),
                "image_digest": environment.get("IMAGE_DIGEST", "unknown"),
                "task_id": environment.get("TASK_ID", "unknown"),
                "ledger": _database(environment, "LEDGER"),
                "search": _database(environment, "SEARCH"),
                "seed_moment": environment.get("SEED_MOMENT", SeedMoment.CONNECTION),
                "minute_job_period": environment.get("MINUTE_JOB_PERIOD_SECONDS", "60"),
                "minute_job_duration": environment.get("MINUTE_JOB_DURATION_SECONDS", "0.2"),
                "slow_start_delay": environment.get("SLOW_START_SECONDS", "4"),
                "requests_per_minute": environment.get("REQUESTS_PER_MINUTE", "100"),
            }
        )


def _database(environment: Mapping[str, str], space: str) -> Database:
    names = {"url": "BOLT_URL", "user": "USER", "password": "PASS"}
    given = {field: environment.get(f"NEO_4J_{space}_SPACE_{name}") for field, name in names.items()}
    return Database(**{field: value for field, value in given.items() if value})
