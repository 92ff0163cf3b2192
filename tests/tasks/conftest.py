"""A Prefect server of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.prefect_server import server_of_the_session, using


@pytest.fixture
def prefect_api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a real Prefect server, which this process talks to during the test."""
    api_url = server_of_the_session(request.config)
    with using(api_url, tmp_path / "results"):
        yield api_url
