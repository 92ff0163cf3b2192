"""Fifty triggers at once, as by a CI system that went mad: none is lost, none doubled, one changes at a time.

Takes a quarter of an hour: make exhaustive.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from uuid import UUID, uuid4

import pytest

from models.log import Event
from models.names import Scenario
from tests.scenarios.front_door import begin, finish
from tests.scenarios.place import Place

pytestmark = [pytest.mark.sandbox, pytest.mark.exhaustive, pytest.mark.timeout(3600)]

TRIGGERS = 50
WAITING = "Waiting for its turn: 3 others that change development are under way."


def test_of_fifty_triggers_each_runs_once_and_one_changes_at_a_time(development: Place) -> None:
    """Each is sent twice, as by a client that lost the answer; all but one find nothing left to do."""
    image, keys = development.push(), [str(uuid4()) for _ in range(TRIGGERS)]

    def trigger(key: str) -> UUID:
        return begin(Scenario.APPLICATION_DEPLOYMENT, development.name, key=key, commit=image.commit)

    with ThreadPoolExecutor(TRIGGERS) as clients:  # a thread does not inherit where Prefect's server is
        asked = [clients.submit(copy_context().run, trigger, key) for key in [*keys, *keys]]
        started = [each.result() for each in asked]
    runs = started[:TRIGGERS]
    assert runs == started[TRIGGERS:]
    assert len(set(runs)) == TRIGGERS
    ended = [finish(run) for run in runs]
    assert Counter(each.state for each in ended) == {"Completed": 1, "Unchanged": TRIGGERS - 1}
    assert sum(WAITING in each.story for each in ended) > TRIGGERS / 2
    events = [record.entry.event for run in runs for record in development.records(run)]
    assert (events.count(Event.STARTED), events.count(Event.SUCCEEDED)) == (1, 1)
    assert development.serving()["image_digest"] == image.digest
    assert development.log.verify() == []
