"""Which slot a resource of the root module belongs to, by the key of its instance."""

from __future__ import annotations

import re

from models.names import DatabaseName, Slot

_DATABASES = "|".join(DatabaseName)
_KEY = re.compile(rf'\["(?:(?P<slot>{"|".join(Slot)})|(?:{_DATABASES})(?P<green>-{Slot.GREEN})?)"\]\Z')


def slot_of(address: str) -> Slot | None:
    """The slot of a service or a database; None for what the slots share.

    The blue slot's databases are called `["ledger"]`, the green one's `["ledger-green"]`.
    """
    found = _KEY.search(address)
    if found is None:
        return None
    if found["slot"]:
        return Slot(found["slot"])
    return Slot.GREEN if found["green"] else Slot.BLUE
