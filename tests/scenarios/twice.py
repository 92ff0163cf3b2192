"""Two deployments of one environment that were started at once, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

from models.names import Scenario
from models.release import Release
from tests.scenarios.front_door import Ended, begin, finish
from tests.scenarios.place import Image, Place
from tests.scenarios.untouched import Databases
from tests.scenarios.visitor import Visits, visiting


@dataclass(frozen=True)
class Twice:
    """The images in the order in which they came to run, the ends of their runs, and what was before them."""

    images: tuple[Image, Image]
    ended: tuple[Ended, Ended]
    before: Release
    databases: Databases
    visits: Visits


def deploy_twice_at_once(place: Place) -> Twice:
    """Deploy two new images at the same time, whichever comes first, while a client goes on asking."""
    images, before, databases = [place.push(), place.push()], place.release(), Databases.of(place)
    with visiting(place.outputs().api_url) as visits:
        runs = [
            begin(Scenario.APPLICATION_DEPLOYMENT, place.name, commit=image.commit, allow_older=True)
            for image in images
        ]
        ended = [finish(run) for run in runs]
    first, second = sorted(range(2), key=lambda index: place.records(runs[index])[-1].number)
    return Twice((images[first], images[second]), (ended[first], ended[second]), before, databases, visits)
