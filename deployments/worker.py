"""Starts the worker with the settings of Prefect that the product relies on.

Nothing of Prefect is imported before they are set: it reads its settings when it is imported. Started by
`credex worker`, or as `python -m deployments.worker`.
"""

from __future__ import annotations

import os

from systems.settings import Settings

HEARTBEAT_SECONDS = 30
"""How often a flow run says that it lives: Prefect's minimum."""

WORK_POOL = "credex"

DEFAULTS = {
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true",
    "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500,504",
}
"""An operator's own settings win.

A server whose database fails over answers 500, and a load balancer before it 504.
"""

SHARED_RESULTS = {"PREFECT_RESULTS_DEFAULT_STORAGE_BLOCK": "credex-results/credex"}
"""Where several workers keep the steps' results in one bucket."""


def main() -> None:
    """Run the worker in this process; SIGTERM and SIGINT stop it.

    Raises SetUpError, Refused or ServiceUnavailable where it cannot begin: see what is called.
    """
    settings = Settings()
    for name, value in (DEFAULTS | (SHARED_RESULTS if settings.results_bucket else {})).items():
        os.environ.setdefault(name, value)
    from deployments.runs import require_server  # noqa: PLC0415 after the settings are made

    require_server()
    from deployments.process_worker import run  # noqa: PLC0415 only where there is one
    from deployments.shared_results import share_results  # noqa: PLC0415 likewise

    share_results(settings)
    run(WORK_POOL)


if __name__ == "__main__":
    main()
