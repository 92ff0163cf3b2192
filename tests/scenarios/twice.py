"""Two deployments of one environment that were started at once, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

from models.names import Scenario
from tests.scenarios.front_door import Ended, begin, finish
from tests.scenarios.place import Image, Place


@dataclass(frozen=True)
class Twice:
    """The images in the order in which they came to run, and the ends of their runs."""

    images: tuple[Image, Image]
    ended: tuple[Ended, Ended]


def deploy_twice_at_once(place: Place) -> Twice:
    """Deploy two new images at the same time, whichever comes first."""
    images = [place.push(), place.push()]
    runs = [
        begin(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=image.commit, allow_older=True)
        for image in images
    ]
    ended = [finish(run) for run in runs]
    order = sorted(range(2), key=lambda index: place.records(runs[index])[-1].number)
    return Twice((images[order[0]], images[order[1]]), (ended[order[0]], ended[order[1]]))
