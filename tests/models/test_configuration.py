"""Values are judged without being told, and fingerprints tell equal ones and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from models.check import Verdict
from models.configuration import (
    KeyState,
    changeable,
    fingerprint,
    key_before_and_after,
    require_changeable,
    require_one_purpose,
    require_removable,
    require_value,
    split_keys,
)
from models.configuration_checks import SeenKey, check_by_others, check_held, check_lacking
from models.environment import Environment, ValueKind
from models.errors import Refused
from models.history import known_configuration
from models.log import GENESIS, Entry, Event, Record
from models.names import Scenario
from systems.environments import load_environment
from tests.systems.aws.snapshots import NEW_DEFINITION, OLD_DEFINITION, task

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECRET = SecretStr("the environment's own")


def fault(value: str, kind: ValueKind = ValueKind.TEXT) -> str | None:
    try:
        require_value("KEY", kind, SecretStr(value))
    except Refused as refused:
        return str(refused)
    return None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "  ",
        " padded",
        "two\nlines",
        "x" * 4097,
        "placeholder",
        "CHANGE_ME",
        "xxxx",
        "Not available yet",
        "<your key>",
        "****",
        "arn:aws:ssm:af-south-1:123456789012:parameter/x",
        "${JWT_SECRET}",
        "https://api/${TOKEN}",
        "{{ secrets.KEY }}",
    ],
)
def test_what_the_application_was_once_given_by_mistake_is_refused(value: str) -> None:
    """With the reason, and never the value."""
    told = fault(value)
    assert told is not None
    assert value == "placeholder" or len(value.strip()) < 5 or value not in told


@pytest.mark.parametrize(
    "value", ["https", "api.example.org", "ftp://x/y", "https://", "http://[x", "bolt://h:1"]
)
def test_where_a_url_is_meant_nothing_else_will_do(value: str) -> None:
    """The same values are good ones where a text is meant."""
    assert fault(value, ValueKind.URL)
    assert fault(value) is None


def test_urls_are_taken_for_urls() -> None:
    """Each of its kind."""
    assert fault("https://api.example.org/v1?x=1", ValueKind.URL) is None
    assert fault("neo4j+s://abc.databases.neo4j.io", ValueKind.BOLT_URL) is None
    assert fault("https://abc.databases.neo4j.io", ValueKind.BOLT_URL)


@given(st.text(st.characters(categories=["L", "N"]), min_size=20, max_size=80))
def test_random_words_are_values(value: str) -> None:
    """A key that looks odd is not refused for it."""
    assert fault(value) is None or len(set(value)) == 1


@given(st.text(max_size=40), st.text(max_size=40))
def test_fingerprints_are_equal_for_equal_values_alone(one: str, other: str) -> None:
    """And another key of the fingerprints, or of the configuration, gives another one."""
    made = fingerprint(SECRET, "KEY", SecretStr(one))
    assert (made == fingerprint(SECRET, "KEY", SecretStr(other))) == (one == other)
    assert made != fingerprint(SECRET, "OTHER_KEY", SecretStr(one))
    assert made != fingerprint(SecretStr("another"), "KEY", SecretStr(one))


def test_a_key_goes_from_what_tasks_may_hold_to_the_staged_value() -> None:
    """That is SSM's value, or where SSM has the staged one already, the one that the log knows."""
    one, two, again = (KeyState(version=number, fingerprint=told) for number, told in enumerate("aba", 1))
    assert key_before_and_after(one, "b", None) == (one, two)
    assert key_before_and_after(two, "b", one) == (one, two)
    for known in (None, one):
        assert key_before_and_after(again, "a", known) == (again, again)


def test_keys_may_stand_in_any_row() -> None:
    assert split_keys(" A, B\nA;C ") == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (["CLIENT_KEY"], "CLIENT_API_KEY"),
        (["NEO_4J_LEDGER_SPACE_BOLT_URL"], "neo4j-change"),
        (["NEO_4J_SEARCH_SPACE_PASS"], "Neo4j"),
    ],
)
def test_a_key_that_is_not_peoples_to_choose_is_refused_with_the_way_out(keys: list[str], told: str) -> None:
    with pytest.raises(Refused) as refused:
        require_changeable(load_environment("development"), keys)
    assert told in refused.value.next_step


def test_a_key_is_changed_or_removed_and_one_has_to_be_named() -> None:
    require_one_purpose(["A"], ["B"])
    for keys, removed in ([], []), (["A", "B"], ["B"]):
        with pytest.raises(Refused):
            require_one_purpose(keys, removed)


def without_need_of(*keys: str) -> Environment:
    """Development, whose file says of these keys that the application can do without them."""
    environment = load_environment("development")
    changed = {key: environment.secrets[key].model_copy(update={"required": False}) for key in keys}
    return environment.model_copy(update={"secrets": environment.secrets | changed})


def test_a_key_that_the_application_requires_is_not_removed() -> None:
    """What the file does not call dispensable, or does not know, or what opens a database."""
    environment = without_need_of("CLIENT_API_KEY", "NEO_4J_LEDGER_SPACE_PASS")
    require_removable(environment, ["CLIENT_API_KEY"])
    for key, told in (
        ("JWT_SECRET", "required = false under [secrets.JWT_SECRET]"),
        ("CLIENT_KEY", "CLIENT_API_KEY"),
        ("NEO_4J_LEDGER_SPACE_PASS", "required = false"),
    ):
        with pytest.raises(Refused) as refused:
            require_removable(environment, [key])
        assert told in refused.value.next_step


@pytest.mark.parametrize(
    ("definition", "given", "verdict"),
    [
        (NEW_DEFINITION, {"B"}, Verdict.PASSED),
        (NEW_DEFINITION, {"A", "B"}, Verdict.FAILED),
        (OLD_DEFINITION, {"B"}, Verdict.FAILED),
    ],
)
def test_a_task_lacks_a_key_when_its_own_task_definition_does(
    definition: str, given: set[str], verdict: Verdict
) -> None:
    """Whatever another one names."""
    tasks = [task(task_definition=definition)]
    assert check_lacking(tasks, NEW_DEFINITION, given, ["A"]).verdict is verdict


def test_the_keys_that_people_choose_are_taken() -> None:
    environment = load_environment("development")
    assert changeable(environment) == ["CLIENT_API_KEY", "JWT_SECRET", "OPEN_EXCHANGE_RATES_API"]
    require_changeable(environment, changeable(environment))


def _state(value: str, version: int = 1, second: int = 0) -> KeyState:
    return KeyState(version=version, fingerprint=value, github_updated_at=NOW + timedelta(seconds=second))


def _seen(value: str, version: int = 1, second: int = 0) -> SeenKey:
    return SeenKey(
        version=version,
        fingerprint=value,
        modified_at=NOW,
        changed_by="arn:aws:iam::123456789012:user/ruva",
        github_updated_at=NOW + timedelta(seconds=second),
    )


def test_another_hand_is_found_in_ssm_and_at_github() -> None:
    """With who and when, where they tell."""
    check = check_by_others({"A": _state("a"), "B": _state("b")}, {"A": _seen("x", 2), "B": _seen("b", 1, 7)})
    assert check.verdict is Verdict.FAILED
    assert (
        "A was changed in SSM by arn:aws:iam::123456789012:user/ruva at 2026-11-26 12:00:00" in check.detail
    )
    assert "B was changed at GitHub at 2026-11-26 12:00:07" in check.detail


def test_the_same_value_in_a_new_version_is_no_change() -> None:
    """It was put back, or written twice."""
    assert check_by_others({"A": _state("a")}, {"A": _seen("a", 3)}).passed


def test_the_log_knows_the_last_write_of_each_key() -> None:
    """Whichever change it belonged to."""

    def record(number: int, **configuration: KeyState) -> Record:
        entry = Entry(
            event=Event.SUCCEEDED,
            scenario=Scenario.CONFIGURATION,
            environment="staging",
            flow_run_id=str(number),
            flow_run_name="configure-staging",
            requester="Rutendo",
            configuration=configuration,
        )
        return Record(number=number, written_at=NOW, previous_hash=GENESIS, entry=entry)

    newest_first = [record(3), record(2, A=_state("new", 2)), record(1, A=_state("old"), B=_state("b"))]
    assert known_configuration(newest_first) == {"A": _state("new", 2), "B": _state("b")}


@pytest.mark.parametrize(
    ("definition", "seconds", "verdict"),
    [
        (NEW_DEFINITION, 1, Verdict.PASSED),
        (NEW_DEFINITION, -1, Verdict.FAILED),
        (OLD_DEFINITION, 1, Verdict.FAILED),
    ],
)
def test_a_task_holds_the_value_when_it_began_after_it_by_its_own_task_definition(
    definition: str, seconds: int, verdict: Verdict
) -> None:
    """One of the same task definition that is older than the value has read the one before."""
    tasks = [task(task_definition=definition, created_at=NOW + timedelta(seconds=seconds))]
    assert check_held(tasks, NEW_DEFINITION, {"A": 2}, {"A": NOW}).verdict is verdict
