"""What is left behind at Prefect by approvals: whether an answer, or a code, is still there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from deployments.runs import prefect


def inputs_of(run_id: UUID) -> dict[str, str]:
    """All that Prefect keeps of a run's questions and answers, by key."""
    found: list[dict[str, Any]] = []
    with prefect() as client:
        for prefix in ("suspended", "answered"):
            found += client.request(
                "POST", "/flow_runs/{id}/input/filter", path_params={"id": run_id}, json={"prefix": prefix}
            ).json()
    return {item["key"]: item["value"] for item in found}


def answers_left(run_id: UUID) -> list[str]:
    """The answers that are still readable."""
    return [key for key in inputs_of(run_id) if key.endswith("-response")]
