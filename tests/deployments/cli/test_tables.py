"""What the terminal shows of checks and of the deployment log."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from deployments.cli.tables import checks_table, releases_table
from deployments.earlier import EarlierRelease
from models.check import Check, Verdict, Verification
from models.release import Release
from models.rollback import Candidate

UNWELL = Check(
    name="Rights in credex/[github]",
    verdict=Verdict.FAILED,
    detail="the token may not write [bold]secrets[/bold] :smile:",
    next_step="Give it the permission Environments: write.",
)


def shown(table: Table, columns: int) -> str:
    """What a terminal of that many columns shows."""
    screen = io.StringIO()
    Console(file=screen, width=columns, color_system=None).print(table)
    return screen.getvalue()


def test_brackets_and_colons_are_text_and_no_markup() -> None:
    text = shown(checks_table(Verification(checks=[UNWELL])), 160)
    assert "Rights in credex/[github]" in text
    assert "[bold]secrets[/bold] :smile:" in text


def test_what_to_do_stands_below_what_was_found() -> None:
    lines = shown(checks_table(Verification(checks=[UNWELL])), 160).splitlines()
    assert lines[2].strip() == "→ Give it the permission Environments: write."


def test_a_narrow_terminal_loses_no_word() -> None:
    text = " ".join(shown(checks_table(Verification(checks=[UNWELL])), 60).split())
    for word in f"{UNWELL.detail} {UNWELL.next_step}".split():
        assert word in text


def test_the_list_of_releases_marks_the_offered_one_and_what_cannot_be() -> None:
    """What a commit's subject says is text."""
    release = Release(
        environment="testing",
        commit="a" * 40,
        image_digest=f"sha256:{'a' * 64}",
        desired_count=2,
        databases={},
    )
    now = datetime(2026, 1, 9, tzinfo=UTC)
    earlier = EarlierRelease(
        candidate=Candidate(
            number=12,
            release=release,
            recorded_at=now - timedelta(days=2, hours=3),
            current=False,
            default=True,
        ),
        since=["3 commits more: [bold]Round[/bold] down"],
        obstacle="its image is gone",
    )
    row = shown(releases_table([earlier], now), 160).splitlines()[1]
    for part in ("12 ←", "2 days ago", "[bold]Round[/bold] down", "NOT POSSIBLE: its image is gone"):
        assert part in row
