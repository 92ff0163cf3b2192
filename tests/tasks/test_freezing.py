"""What a freeze lets through, and what it says to what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect.logging import disable_run_logger

from models.errors import Refused
from systems.settings import Settings
from tasks.freezing import check_freeze
from tests.tasks.test_applying import a_change

FROZEN = '\n[[freeze]]\nreason = "stocktaking"\nfirst_day = 2000-01-01\nlast_day = 2999-12-31\n'


@pytest.fixture(autouse=True)
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Development, in the middle of a freeze."""
    file = "development.toml"
    (tmp_path / file).write_text((Settings().environments_dir / file).read_text() + FROZEN)
    monkeypatch.setenv("CREDEX_ENVIRONMENTS_DIR", str(tmp_path))


def test_a_refusal_says_how_each_way_in_crosses_the_freeze() -> None:
    """The form, `credex trigger` and `credex rollback` take the reason by different names."""
    with disable_run_logger(), pytest.raises(Refused, match="frozen until 3000-01-01") as caught:
        check_freeze.fn(a_change("a-run"), "before asking")
    for way in ("the form", "trigger -p freeze_override_reason=", "rollback --freeze-override-reason "):
        assert way in caught.value.next_step


def test_who_says_why_goes_on_and_the_reason_is_kept() -> None:
    """For the approver and the log."""
    urgent = a_change("a-run").model_copy(update={"freeze_override_reason": "Members cannot log in"})
    with disable_run_logger():
        override = check_freeze.fn(urgent, "before asking")
    assert override is not None
    assert (override.reason, override.freeze.reason) == ("Members cannot log in", "stocktaking")
