"""Whether a volume has room for the backup that a change makes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Refused
from models.machine import DataVolume, MachineStatus
from models.names import DatabaseName

MIB = 1024 * 1024
LEDGER = DatabaseName.LEDGER


def status(free: int, store: int, *leftovers: str) -> MachineStatus:
    """A machine with so many free bytes beside so many of data."""
    volume = DataVolume(path="/var/lib/neo4j", size_bytes=free + store, used_bytes=store, free_bytes=free)
    return MachineStatus(
        service="active",
        fenced=False,
        version="5.26.30",
        store_bytes=store,
        leftovers=list(leftovers),
        data_volume=volume,
    )


@given(st.integers(0, 1 << 44))
def test_a_copy_a_dump_and_what_unpacks_it_have_room_and_no_byte_less(store: int) -> None:
    """The machine's own scripts ask for the store's size once, and for twice that when the copy is there."""
    needed = 3 * store + 256 * MIB
    status(needed, store).require_room(LEDGER)
    with pytest.raises(Refused, match=f"ledger's data volume has {(needed - 1) // MIB} MiB free"):
        status(needed - 1, store).require_room(LEDGER)


def test_the_way_out_names_what_earlier_runs_left_where_they_left_something() -> None:
    with pytest.raises(Refused) as refused:
        status(MIB, 100 * MIB).require_room(LEDGER)
    assert refused.value.next_step.startswith("Grow the volume in AWS, run xfs_growfs /var/lib/neo4j")
    with pytest.raises(Refused) as refused:
        status(MIB, 100 * MIB, "work/going-back", "scratch").require_room(LEDGER)
    assert "it removes work/going-back and scratch" in refused.value.next_step
