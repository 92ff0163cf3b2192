"""The connection to GitHub: how long it waits, what it sends again, and what its refusals mean to people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import requests
import stamina
from github import Auth, Github, GithubException, RateLimitExceededException
from github.GithubException import RateLimitExceededExceedsMaxWait
from github.GithubRetry import GithubRetry
from github.Repository import Repository
from urllib3 import HTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool

from models.errors import DeployError, Refused, ServiceUnavailable, SetUpError
from systems.redaction import remember_secrets

LONGEST_WAIT_SECONDS = 20.0
"""GitHub may ask for minutes; a flow's own retry, which shows why it waits, is the better place for those."""

FIRST_WAIT_SECONDS = 0.2
_REPETITIONS = 4
_TIMEOUT_SECONDS = 15
_SENT_AGAIN = frozenset({"GET", "HEAD", "PUT", "DELETE"})
"""Methods that may be sent twice. A POST may have been done although its answer was lost: look first."""


_LONGEST_DESCRIPTION = 140
_ATTEMPTS = 3
_DEADLINE_SECONDS = 30.0


class RateLimited(ServiceUnavailable):
    """GitHub wants us to wait `seconds`, longer than is sensible within a call."""

    def __init__(self, problem: str, *, next_step: str, seconds: float) -> None:
        super().__init__(problem, next_step=next_step)
        self.seconds = seconds


def _worth_another_look(error: Exception) -> bool:
    return isinstance(error, ServiceUnavailable) and not isinstance(error, RateLimited)


looking_first = stamina.retry(
    on=_worth_another_look, attempts=_ATTEMPTS, timeout=_DEADLINE_SECONDS, wait_initial=0.2, wait_max=3
)
"""For what creates something once: each attempt has to look first whether it is there."""


def shortened(text: str) -> str:
    """A description of one line, cut to GitHub's 140 characters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_DESCRIPTION else f"{line[: _LONGEST_DESCRIPTION - 1]}…"


class PatientRetry(GithubRetry):
    """PyGithub's retries, but never a wait beyond `max_rate_limit_wait`.

    PyGithub itself keeps to that limit only where GitHub sends no Retry-After header.
    """

    def increment(  # type: ignore[override]
        self,
        method: str | None = None,
        url: str | None = None,
        response: HTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Retry:
        """What is left to try, or the exception that ends it."""
        if response is not None:
            wait = self.get_retry_after(response)
            if wait is not None and self.max_rate_limit_wait is not None and wait > self.max_rate_limit_wait:
                headers = {name.lower(): value for name, value in response.headers.items()}
                raise RateLimitExceededExceedsMaxWait(response.status, None, headers, wait=wait)
        return super().increment(method, url, response, error, _pool, _stacktrace)


def connect(
    api_url: str,
    token: str,
    *,
    first_wait_seconds: float = FIRST_WAIT_SECONDS,
    longest_wait_seconds: float = LONGEST_WAIT_SECONDS,
) -> Github:
    """A client that sends reads and repeatable writes again after a failure, and nothing else.

    The second repetition comes after twice `first_wait_seconds`, each later one after twice the time before.
    Nothing is asked of GitHub yet. Requests are not spaced out: a deployment sends a few dozen.
    """
    remember_secrets([token])
    return Github(
        base_url=api_url.rstrip("/"),
        auth=Auth.Token(token),
        timeout=_TIMEOUT_SECONDS,
        retry=PatientRetry(
            total=_REPETITIONS,
            backoff_factor=first_wait_seconds,
            allowed_methods=_SENT_AGAIN,
            raise_on_status=False,
            secondary_rate_wait=longest_wait_seconds,
            max_rate_limit_wait=longest_wait_seconds,
        ),
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def open_repository(github: Github, full_name: str) -> Repository:
    """The repository called owner/name.

    Raises SetUpError for a wrong token and for a repository that is not there, or not to be seen with it.
    """
    with explained(f"read the repository {full_name}"):
        return github.get_repo(full_name)


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn GitHub's refusals into ours; `doing` completes "GitHub was asked to ...".

    Raises SetUpError (token, permission, something missing), Refused, RateLimited or ServiceUnavailable.
    """
    try:
        yield
    except GithubException as error:
        raise _meaning(doing, error) from error
    except requests.RequestException as error:
        raise ServiceUnavailable(
            f"GitHub did not answer when asked to {doing} ({type(error).__name__}).",
            next_step="Look at the connection and https://www.githubstatus.com, then try again.",
        ) from error


def _meaning(doing: str, error: GithubException) -> DeployError:
    if isinstance(error, RateLimitExceededException) or error.status == 429:
        return _rate_limited(error)
    meanings = {401: _wrong_token, 403: _forbidden, 404: _missing, 409: _refused, 422: _refused}
    return meanings.get(error.status, _unavailable)(doing, error)


def _rate_limited(error: GithubException) -> DeployError:
    seconds = getattr(error, "wait", None) or float((error.headers or {}).get("retry-after", 60))
    return RateLimited(
        f"GitHub wants us to wait for {seconds:.0f} seconds: too many requests.",
        next_step="Try again after that.",
        seconds=seconds,
    )


def _wrong_token(doing: str, error: GithubException) -> DeployError:  # noqa: ARG001 - one of several meanings
    return SetUpError(
        "GitHub does not accept the token: it is wrong, revoked or expired.",
        next_step="Put a valid one into the SSM parameter that github.token_parameter names.",
    )


def _forbidden(doing: str, error: GithubException) -> DeployError:
    needed = (error.headers or {}).get("x-accepted-github-permissions")
    permission = f"the repository permission {needed}" if needed else "the right to do so"
    return SetUpError(
        f"The GitHub token may not {doing}: {_said(error)}",
        next_step=f"Give it {permission}, or use a token that has it.",
    )


def _missing(doing: str, error: GithubException) -> DeployError:  # noqa: ARG001 - one of several meanings
    return SetUpError(
        f"GitHub has nothing there, or does not show it to this token, when asked to {doing}.",
        next_step="Compare [github] in the environment's file with GitHub, and the token's repositories.",
    )


def _refused(doing: str, error: GithubException) -> DeployError:
    return Refused(
        f"GitHub refuses to {doing}.", next_step=f"It says: {_said(error)} Mend that, then try again."
    )


def _unavailable(doing: str, error: GithubException) -> DeployError:
    return ServiceUnavailable(
        f"GitHub answered {error.status} when asked to {doing}.",
        next_step="Look at https://www.githubstatus.com, then try again.",
    )


def _said(error: GithubException) -> str:
    """GitHub's own message, with a full stop."""
    data: Any = error.data
    message = str(data.get("message", "") if isinstance(data, dict) else "").strip() or "nothing more"
    return f"{message.rstrip('.')}."
