"""Whether people are told of a check: once when it goes bad, once when it is well again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.check import Verdict
from models.notification import News
from models.standing import MOST_NAMES, SLACK, Standing, after_look, news_of

START = datetime(2026, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
FAILED, UNSEEN = Verdict.FAILED, Verdict.INCONCLUSIVE
FOUND = {True: News.SUCCEEDED, False: News.NOT_WELL, None: News.UNCHANGED}


def told(looks: list[bool | None], *, delivered: bool = True, bad: News = News.NOT_WELL) -> list[News | None]:
    """What is told at each of these looks, where each message reaches somebody or nobody."""
    standing: Standing | None = None
    news = []
    for number, well in enumerate(looks):
        standing = after_look(standing, START + number * QUARTER, well=well, told="the reason")
        found = bad if well is False else FOUND[well]
        news.append(news_of(found, standing))
        if news[-1] and delivered:
            standing = standing.model_copy(update={"known": True})
    return news


@given(st.lists(st.integers(1, 100), min_size=1), st.sampled_from([True, False, None]))
def test_a_silence_that_is_over_is_known_by_the_next_look(minutes: list[int], well: bool | None) -> None:
    """Whatever a look finds, it knows how long none was before it; the first one knows of none."""
    standing = after_look(None, START, well=well)
    assert standing.silence_before(QUARTER) is None
    now = START
    for gap in minutes:
        now += timedelta(minutes=gap)
        standing = after_look(standing, now, well=well)
        assert standing.silence_before(QUARTER) == (timedelta(minutes=gap) if gap > 25 else None)


@given(st.lists(st.sampled_from([True, False, None])))
def test_bad_and_well_again_are_told_in_turn(looks: list[bool | None]) -> None:
    """However a check goes: never the same twice, and bad first; what found nothing tells nothing."""
    news = [one for one in told(looks) if one]
    assert news == [News.NOT_WELL, News.WELL_AGAIN][:1] * (len(news) % 2) or news == [
        News.NOT_WELL if place % 2 == 0 else News.WELL_AGAIN for place in range(len(news))
    ]
    findings = [well for well in looks if well is not None]
    changes = sum(now is not before for before, now in zip([True, *findings], findings, strict=False))
    assert len(news) == changes


def test_what_reached_nobody_is_told_again() -> None:
    """A dead channel does not swallow the news for ever."""
    assert told([False, False], delivered=False) == [News.NOT_WELL, News.NOT_WELL]


def test_a_backup_that_is_not_proven_is_told_each_time() -> None:
    """Each is one more night without one."""
    looks: list[bool | None] = [False, False, True, True]
    proven = told(looks, bad=News.NOT_PROVEN)
    assert proven == [News.NOT_PROVEN, News.NOT_PROVEN, News.WELL_AGAIN, None]


def test_a_check_that_looks_no_more_is_overdue() -> None:
    """Late is later than the interval and some slack; a look that found nothing is a sign of life too."""
    standing = after_look(after_look(None, START, well=True), START + QUARTER, well=None)
    assert standing.well
    assert standing.overdue(START + 2 * QUARTER + SLACK, QUARTER) is None
    assert standing.overdue(START + 3 * QUARTER + SLACK, QUARTER) == 2 * QUARTER + SLACK


def worse_at(looks: list[dict[str, Verdict]]) -> list[list[str]]:
    """What is told as worse at each of these looks, all of them bad, where each message reaches somebody."""
    standing = after_look(None, START, well=False, unwell=looks[0])
    found = []
    for unwell in looks[1:]:
        standing = after_look(standing.model_copy(update={"known": True}), START, well=False, unwell=unwell)
        assert standing.known is not bool(standing.worse)
        assert news_of(News.NOT_WELL, standing) is (News.NOT_WELL if standing.worse else None)
        found.append(standing.worse)
    return found


def test_what_gets_worse_is_told_again_and_what_gets_better_is_not() -> None:
    """A secret that lacks is no reason to be silent about a database, and none to speak of it twice."""
    secret, both = {"Secrets": FAILED}, {"Secrets": FAILED, "Ledger": FAILED}
    looks = [secret, secret, {**secret, "Ledger": UNSEEN}, both, both, secret, both]
    assert worse_at(looks) == [[], ["Ledger"], ["Ledger"], [], [], ["Ledger"]]


def test_a_look_that_saw_nothing_leaves_what_was_known() -> None:
    """That it could not look is told; that what it sees afterwards is as before is not."""
    assert worse_at([{"Secrets": FAILED}, {}, {}, {"Secrets": FAILED}]) == [["the look itself"], [], []]


def test_where_very_much_is_not_well_what_is_kept_has_an_end() -> None:
    """A variable of Prefect's holds 5000 characters."""
    many = {
        f'module.databases["ledger"].aws_subnet.this[{number}]' + "x" * 200: FAILED for number in range(99)
    }
    assert worse_at([many, many, dict(list(many.items())[50:])]) == [[], []]
    standing = after_look(None, START, well=False, told="t" * 1000, unwell=many)
    assert len(standing.unwell) == MOST_NAMES
    assert len(standing.model_dump_json()) < 5000


def test_a_standing_of_the_version_before_is_read() -> None:
    """It does not say what is not well, so that is told once more."""
    stored = {"looked_at": START, "since": START, "well": False, "told": "The ledger.", "known": True}
    standing = after_look(Standing.model_validate(stored), START, well=False, unwell={"Ledger": FAILED})
    assert (standing.since, standing.worse) == (START, ["Ledger"])
