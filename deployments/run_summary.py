"""What became of a flow run, as Markdown: the page that a CI job shows when it has ended."""

from __future__ import annotations

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact, FlowRun
from prefect.utilities.urls import url_for

from models.markdown import code, plain, table

_LONGEST_MESSAGE = 2000
_SHOWN = ("commit", "requester")
"""What of a request the summary repeats; the rest is on the flow run's page."""


def pages_of(client: SyncPrefectClient, run: FlowRun) -> list[Artifact]:
    """What the run has to show: its plan, its verification and the like."""
    of_this_run = ArtifactFilterFlowRunId(any_=[run.id])
    return client.read_artifacts(artifact_filter=ArtifactFilter(flow_run_id=of_this_run))


def summary_of(run: FlowRun, artifacts: list[Artifact], told: str) -> str:
    """Heading, outcome, facts and links; `told` is what else is to be known, such as that the run goes on.

    All text in it is data, and shown as such.
    """
    state = run.state
    request = run.parameters.get("request", {})
    heading = f"### {plain(run.name)}: {plain(state.name or '') if state else 'unknown'}"
    message = plain(((state.message if state else None) or "")[:_LONGEST_MESSAGE])
    rows = [["flow run", _link(run.name, url_for(run))]]
    rows += [[name, code(str(request[name]))] for name in _SHOWN if request.get(name)]
    rows += [["pages", ", ".join(_pages(run, artifacts))]] if artifacts else []
    parts = [heading, message, plain(told), table(["", ""], rows)]
    return "\n\n".join(part for part in parts if part) + "\n\n"


def page_of(run: FlowRun) -> str:
    """The address of the run's page in Prefect's UI; its id where no UI is known."""
    return url_for(run) or str(run.id)


def _pages(run: FlowRun, artifacts: list[Artifact]) -> list[str]:
    """The newest artifact of each key: a run that goes on writes some of them again."""
    newest = {artifact.key: artifact for artifact in sorted(artifacts, key=_written) if artifact.key}
    return [_link(key, _artifact_page(run, artifact)) for key, artifact in newest.items()]


def _artifact_page(run: FlowRun, artifact: Artifact) -> str | None:
    """Prefect's `url_for` knows no pages of artifacts; they stand beside the run's own."""
    page = url_for(run)
    return page and page.replace(f"/runs/flow-run/{run.id}", f"/artifacts/artifact/{artifact.id}")


def _written(artifact: Artifact) -> float:
    return artifact.created.timestamp() if artifact.created else 0.0


def _link(text: str, address: str | None) -> str:
    return f"[{plain(text)}]({address})" if address else plain(text)
