"""Where Prefect keeps the steps' results for a team of workers: a storage block of our own.

Prefect takes any error of a storage for "no result is kept", and would then do again, and ask again, all that
was done. So a bucket that cannot be read ends the process in a way that Prefect cannot take for an answer:
the run is crashed, and continued like any other whose process died.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import stamina
from prefect.filesystems import WritableFileSystem

from models.errors import DeployError, ServiceUnavailable
from systems.aws.result_bucket import ResultBucket
from systems.aws.session import Aws

Answer = TypeVar("Answer")

PATIENCE_SECONDS = 120.0
"""How long S3 may not answer before the run is left to be continued later."""

BLOCK_TYPE = "credex-results"
BLOCK_NAME = "credex"


class ResultsOutOfReach(BaseException):
    """The kept results cannot be read or written now; no `Exception`, so that nobody goes on without them."""


class TeamResults(WritableFileSystem):
    """Results in the bucket that all workers share, reached with the worker's own AWS credentials."""

    _block_type_name = "Results of credex-deploy"
    _block_type_slug = BLOCK_TYPE

    bucket: str
    region: str

    def read_path(self, path: str, *, _sync: bool = True) -> bytes:  # type: ignore[override] # as Prefect calls it
        """The result; raises KeyError where none is kept, ResultsOutOfReach where that cannot be told."""
        content = _patiently(lambda: _results(self.region, self.bucket).get(path))
        if content is None:
            raise KeyError(path)
        return content

    def write_path(self, path: str, content: bytes, *, _sync: bool = True) -> None:  # type: ignore[override] # as above
        """Keep a result; raises ResultsOutOfReach."""
        _patiently(lambda: _results(self.region, self.bucket).put(path, content))


@cache
def _results(region: str, bucket: str) -> ResultBucket:
    return ResultBucket(Aws(region), bucket)


def _patiently(ask: Callable[[], Answer]) -> Answer:
    again = stamina.RetryingCaller(attempts=None, timeout=PATIENCE_SECONDS, wait_initial=0.5, wait_max=10)
    try:
        return again(ServiceUnavailable, ask)
    except DeployError as error:
        raise ResultsOutOfReach(f"The steps' results are out of reach: {error}") from error
