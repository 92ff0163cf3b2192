"""Has all workers of a pool keep the steps' results in one bucket, so that any of them continues any run.

Without a bucket each worker keeps them on its own disk, which is right for one worker. A worker that would
keep them elsewhere than the others does not start: it would do again what a run that it continues has done.
"""

from __future__ import annotations

from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from deployments.runs import prefect
from models.errors import SetUpError
from systems.aws.result_bucket import ensure_result_bucket
from systems.aws.session import Aws, default_region
from systems.settings import Settings
from tasks.results import BLOCK_NAME, BLOCK_TYPE, TeamResults


def share_results(settings: Settings) -> None:
    """Make sure of the bucket, and that Prefect knows it, where there is to be one.

    Raises SetUpError where the pool's workers keep their results elsewhere, Refused where the bucket is not
    ours, and ServiceUnavailable where Prefect's server or AWS does not answer.
    """
    shared, bucket = _shared_bucket(), settings.results_bucket
    if bucket is None and shared is None:
        return
    if bucket is None or shared not in {None, bucket}:
        raise SetUpError(
            f"This pool's workers keep the results of steps in {shared}, and this one would not.",
            next_step=f"Set CREDEX_RESULTS_BUCKET={shared}, or, when no run goes on or waits, forget "
            f"that bucket: prefect block delete {BLOCK_TYPE}/{BLOCK_NAME}.",
        )
    region = default_region()
    ensure_result_bucket(Aws(region), bucket, settings.results_key_alias, print)
    if shared is None and not _register(TeamResults(bucket=bucket, region=region)):
        share_results(settings)


def _shared_bucket() -> str | None:
    """The bucket that the pool's workers share; None where they share none."""
    with prefect() as client:
        try:
            found = client.read_block_document_by_name(BLOCK_NAME, BLOCK_TYPE)
        except ObjectNotFound:
            return None
    return str(found.data["bucket"])


def _register(results: TeamResults) -> bool:
    """Whether this worker made the bucket known; another one that starts at the same time may be faster."""
    with prefect():
        try:
            results.save(BLOCK_NAME)
        except (ObjectAlreadyExists, ValueError) as error:
            if isinstance(error.__cause__ or error, ObjectAlreadyExists):
                return False
            raise
    return True
