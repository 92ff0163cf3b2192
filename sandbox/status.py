"""How the sandbox is, found out from outside: each part's process is looked for and its address is asked."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from sandbox.inventory import Served, list_served
from sandbox.parts import is_healthy
from sandbox.record import PartRecord, Record, State, read_record


class PartStatus(BaseModel):
    """One part as it is now."""

    name: str
    address: str
    pid: int | None
    healthy: bool
    restarts: int


class SandboxStatus(BaseModel):
    """The whole sandbox as it is now; `state` is stopped, starting, running, unhealthy or ended."""

    state: str
    home: Path
    pid: int | None
    parts: list[PartStatus]
    served: list[Served] = []

    @property
    def well(self) -> bool:
        """Whether everything runs and answers."""
        return self.state == "running"


def read_status(home: Path) -> SandboxStatus:
    """Look at the sandbox in this home folder."""
    record = read_record(home)
    if record is None:
        return SandboxStatus(state="stopped", home=home, pid=None, parts=[])
    parts = [_look_at(part) for part in record.parts]
    pid = record.supervisor.pid if record.alive() else None
    return SandboxStatus(state=_state(record, parts), home=home, pid=pid, parts=parts)


def with_served(status: SandboxStatus) -> SandboxStatus:
    """The same with what the environments serve; this process is inside the sandbox, and that is well."""
    return status.model_copy(update={"served": list_served()})


def _state(record: Record, parts: list[PartStatus]) -> str:
    if not record.alive():
        return "ended"
    if record.state is State.STARTING:
        return "starting"
    return "running" if all(part.healthy for part in parts) else "unhealthy"


def _look_at(part: PartRecord) -> PartStatus:
    alive = part.process is not None and part.process.alive()
    return PartStatus(
        name=part.name,
        address=part.address,
        pid=part.process.pid if alive and part.process else None,
        healthy=alive and is_healthy(part.health_url),
        restarts=part.restarts,
    )
