"""What is sent again and what is not, how long GitHub may let us wait, and what people read."""

from __future__ import annotations

import pickle
import time

import pytest
from github.Repository import Repository

from models.errors import Refused, ServiceUnavailable, SetUpError
from sandbox.github.seed import FULL_NAME, add_commit
from sandbox.github.server import GitHubServer
from sandbox.github.wire import Fault, secondary_rate_limit
from systems.github.client import RateLimited, connect, explained, open_repository
from systems.redaction import scrub
from tests.sandbox.github.running import FULL
from tests.systems.github.conftest import impatient_client


def test_a_read_survives_two_failures(server: GitHubServer, repository: Repository) -> None:
    """503 twice, then the answer; asked three times in all."""
    server.wire.put(Fault(503, method="GET", path=".*/branches/dev", times=2))
    assert repository.get_branch("dev").name == "dev"
    statuses = [exchange.status for exchange in server.wire.exchanges("GET", ".*/branches/dev")]
    assert statuses == [503, 503, 200]


def test_a_read_that_keeps_failing_ends_as_unavailable(server: GitHubServer, repository: Repository) -> None:
    """The retries are bounded, and the sentence tells the status."""
    server.wire.put(Fault(503, path=".*/branches/dev", times=100))
    answer = "GitHub answered 503 when asked to read dev"
    with pytest.raises(ServiceUnavailable, match=answer), explained("read dev"):
        repository.get_branch("dev")
    assert len(server.wire.exchanges("GET", ".*/branches/dev")) == 5


def test_a_write_that_may_not_be_repeated_is_sent_once(server: GitHubServer, repository: Repository) -> None:
    """PyGithub's own retries would merge up to eleven times."""
    add_commit(server.repository(FULL_NAME), "dev", {"a.ts": "1\n"}, "Change a")
    server.wire.put(Fault(502, method="POST", path=".*/merges", times=100))
    with pytest.raises(ServiceUnavailable), explained("merge"):
        repository.merge("prod", "dev")
    assert len(server.wire.exchanges("POST", ".*/merges")) == 1


def test_a_short_wait_is_waited_for(server: GitHubServer, repository: Repository) -> None:
    """A secondary rate limit of a second costs that second and no error."""
    server.wire.put(secondary_rate_limit(1, method="GET"))
    began = time.monotonic()
    assert repository.get_branch("dev").name == "dev"
    assert time.monotonic() - began >= 1


def test_a_long_wait_is_handed_to_the_caller(server: GitHubServer, repository: Repository) -> None:
    """GitHub may ask for minutes: they are told at once instead of slept through."""
    server.wire.put(secondary_rate_limit(600, method="GET", times=100))
    began = time.monotonic()
    with pytest.raises(RateLimited, match="wait for 600 seconds") as caught, explained("read dev"):
        repository.get_branch("dev")
    assert caught.value.seconds == 600
    assert time.monotonic() - began < 5


def test_a_503_that_asks_for_minutes_is_handed_to_the_caller_too(
    server: GitHubServer, repository: Repository
) -> None:
    """Retry-After comes with other answers than rate limits."""
    server.wire.put(Fault(503, method="GET", headers={"Retry-After": "300"}, times=100))
    with pytest.raises(RateLimited, match="300 seconds"), explained("read dev"):
        repository.get_branch("dev")


def test_how_long_to_wait_survives_being_stored() -> None:
    """Exceptions are kept as results of flow runs."""
    error = RateLimited("Too many requests.", next_step="Wait.", seconds=7)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.seconds, str(again)) == (7, str(error))


def test_a_wrong_token_is_told_as_such_and_not_shown(server: GitHubServer) -> None:
    """401 becomes a sentence and the way out; the token is in neither."""
    with pytest.raises(SetUpError, match="does not accept the token") as caught:
        open_repository(connect(server.url, "github_pat_wrong"), FULL_NAME)
    assert "github_pat_wrong" not in repr(caught.value) + repr(caught.value.__cause__)
    assert "github.token_parameter" in caught.value.next_step


def test_a_repository_that_is_not_there_is_a_matter_of_settings(server: GitHubServer) -> None:
    """404 names what was asked for and where to compare."""
    with pytest.raises(SetUpError, match="credex/elsewhere") as caught:
        open_repository(connect(server.url, FULL.value), "credex/elsewhere")
    assert "[github]" in caught.value.next_step


def test_a_missing_right_is_named(reader: Repository) -> None:
    """403 tells which permission the token lacks."""
    with pytest.raises(SetUpError, match="may not merge") as caught, explained("merge"):
        reader.merge("prod", "dev")
    assert "contents=write" in caught.value.next_step


def test_a_merge_conflict_is_a_refusal_in_githubs_words(server: GitHubServer, repository: Repository) -> None:
    """409 is nobody's outage: a person has to merge."""
    stored = server.repository(FULL_NAME)
    add_commit(stored, "dev", {"src/server.ts": "one\n"}, "Change it here")
    add_commit(stored, "prod", {"src/server.ts": "two\n"}, "Change it there")
    with pytest.raises(Refused, match="refuses to merge dev") as caught, explained("merge dev"):
        repository.merge("prod", "dev")
    assert "Merge conflict" in caught.value.next_step


def test_nobody_listening_is_unavailable(server: GitHubServer) -> None:
    """A stopped GitHub is told after the retries, without a traceback's worth of library words."""
    server.stop()
    with pytest.raises(ServiceUnavailable, match="GitHub did not answer when asked to read the repository"):
        open_repository(impatient_client(server, FULL.value), FULL_NAME)


def test_the_token_is_struck_out_of_any_text_from_then_on(server: GitHubServer) -> None:
    """Redaction knows the token as soon as it is used."""
    connect(server.url, "github_pat_remembered")
    assert scrub("Bearer github_pat_remembered") == "Bearer ***"
