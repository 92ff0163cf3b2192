"""Reads from EC2's state which machines there are, what is attached to them, and which hold databases."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from moto.ec2.models.instances import Instance

from sandbox.aws.backends import LOCK, ec2
from sandbox.aws.machine import Machine

ROLE_TAG = "credex:role"
DATABASE_ROLE = "neo4j"
VERSION_TAG = "credex:neo4j-version"
PASSWORD_TAG = "credex:password-parameter"  # noqa: S105 - the tag's name
DATA_DEVICE = "/dev/sdf"


@dataclass(frozen=True)
class Host:
    """An instance as it is now: state and tags, and the folders of the volumes that are attached to it.

    `data` is the folder of its data volume, `volumes` has all by their ids.
    """

    machine: Machine
    state: str
    tags: dict[str, str]
    data: Path | None
    volumes: dict[str, Path]

    @property
    def is_database(self) -> bool:
        """Whether the instance is one that runs Neo4j."""
        return self.tags.get(ROLE_TAG) == DATABASE_ROLE and VERSION_TAG in self.tags

    @property
    def is_running(self) -> bool:
        """Whether the instance is up."""
        return self.state == "running"


class Hosts:
    """The instances of the account, with their folders below `state_folder`."""

    def __init__(self, state_folder: Path) -> None:
        self._machines = state_folder / "instances"
        self._volumes = state_folder / "ebs"

    def all(self) -> list[Host]:
        """Read every instance that is not terminated."""
        with LOCK:
            return [self._host(each) for each in ec2().all_instances() if each.state != "terminated"]

    def get(self, instance_id: str) -> Host | None:
        """Read one instance; None when there is none by this id, or it is terminated."""
        return next((host for host in self.all() if host.machine.instance_id == instance_id), None)

    def remove_unknown(self) -> None:
        """Delete the folders of machines that EC2 has never heard of: they are an earlier account's."""
        folders = list(self._machines.iterdir()) if self._machines.exists() else []
        with LOCK:
            known = {instance.id for instance in ec2().all_instances()}
        for folder in folders:
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)

    def _host(self, instance: Instance) -> Host:
        folder = self._machines / instance.id
        machine = Machine(instance.id, str(instance.private_ip), folder)
        tags = dict(instance.ec2_backend.tags.get(instance.id, {}))
        attached = {
            device: self._volumes / str(mapping.volume_id)
            for device, mapping in instance.block_device_mapping.items()
        }
        volumes = {folder.name: folder for folder in attached.values()}
        return Host(machine, instance.state, tags, attached.get(DATA_DEVICE), volumes)
