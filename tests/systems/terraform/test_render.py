"""Plans as Markdown: what people need to see, and nothing that could deceive them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from models.guard import guard
from models.markdown import code, plain
from models.names import DatabaseName, Scenario
from models.plan import Action, Plan, ResourceChange
from models.release import Database, Release
from systems.aws.prices import load_prices
from systems.terraform.plan_reader import read_plan
from systems.terraform.render import render_plan, summary

PLANS = Path(__file__).parent.parent.parent / "plans"
RELEASE = Release(
    environment="staging",
    commit="a" * 40,
    image_digest="sha256:" + "b" * 64,
    desired_count=3,
    databases={DatabaseName.LEDGER: Database(neo4j_version="5.26.30", instance_type="t3.medium")},
)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")


def _plan(name: str) -> Plan:
    return read_plan(json.loads((PLANS / f"{name}.json").read_text(encoding="utf-8")))


def _render(plan: Plan, scenario: Scenario = Scenario.APPLICATION_DEPLOYMENT) -> str:
    return render_plan(
        plan,
        findings=guard(plan, scenario),
        current=RELEASE.model_copy(update={"desired_count": 2}),
        release=RELEASE,
        prices=load_prices("af-south-1"),
    )


def _tokens(markdown: str) -> list[Token]:
    return [inner for token in MARKDOWN.parse(markdown) for inner in [token, *(token.children or [])]]


def test_an_application_deployment_shows_the_new_image_and_the_counts() -> None:
    """Old and new digest, short; what changes; and how many."""
    text = _render(_plan("application"))
    assert "0 to add, 1 to change, 1 to replace, 0 to destroy" in text
    assert "`sha256:111111111111` → `sha256:222222222222`" in text
    assert "| tasks | `2` | `3` |" in text
    assert "## Destroyed and created anew (1)" in text


def test_what_is_refused_stands_above_everything_else() -> None:
    """With the reason."""
    text = _render(_plan("volume-deleted"))
    assert text.index("**Refused**") < text.index("## Release") < text.index("## Destroyed (2)")


def test_a_finding_says_how_bad_it_is_and_the_way_out() -> None:
    """What another scenario is made for is told from what none may do."""
    text = _render(_plan("database-version"))
    assert "- **Needs the other scenario**: aws\\_instance.neo4j\\[0\\] would be" in text
    assert "Use the scenario neo4j-change for it." in text
    assert "**Needs the other scenario**" not in _render(_plan("volume-deleted"))


def test_the_approver_sees_the_cost_before_and_after() -> None:
    """Between the release and what changes of it; a plan that does nothing costs nothing to look at."""
    text = _render(_plan("instance-resized"), Scenario.NEO4J_CHANGE)
    assert text.index("## Release") < text.index("**Cost a month**") < text.index("## Changed in place")
    assert "| `t3.large` machines | 0 | 2 |" in text
    assert "**Cost" not in _render(_plan("nothing"))


def test_no_value_but_the_harmless_ones_is_ever_shown() -> None:
    """Whatever the plan holds; one that is limited to some resources is not read at all."""
    names = {file.stem for file in PLANS.glob("*.json")} - {"targeted"}
    for name in names:
        text = _render(_plan(name))
        assert "not-for-people" not in text
        assert "credex-backups" not in text


def test_a_plan_without_changes_says_so() -> None:
    """In one line, and without tables of changes."""
    text = _render(_plan("nothing"))
    assert summary(_plan("nothing")) == "Nothing changes."
    assert re.findall(r"^## .*", text, re.MULTILINE) == ["## Release"]


def test_the_first_release_has_none_before_it() -> None:
    """Nothing is made up for it."""
    text = render_plan(_plan("create-all"), findings=[], current=None, release=RELEASE)
    assert "| commit |  | `aaaaaaaaaaaa` |" in text


@given(st.text(), st.text(), st.text())
def test_names_cannot_become_markup_links_or_further_cells(address: str, name: str, output: str) -> None:
    """Whatever an address or attribute is called: the page has our structure, and no HTML, link or image."""
    change = ResourceChange(
        address=address, type="aws_lb", action=Action.UPDATE, attributes=[name], because=[name]
    )
    plan = Plan(format_version="1.2", changes=[change], outputs=[output], changes_digest="0" * 64)
    text = _render(plan)
    kinds = [token.type for token in _tokens(text)]
    assert not {"html_block", "html_inline", "link_open", "image"} & set(kinds)
    assert kinds.count("td_open") == 3 * 4 + 3
    assert kinds.count("heading_open") == 3
    assert kinds.count("list_item_open") == 1


@given(st.text())
def test_a_code_span_is_one_code_span(text: str) -> None:
    """Nothing ends it early, and nothing invisible is in it."""
    (inline,) = MARKDOWN.parse(f"x {code(text)} y")[1:2]
    assert [child.type for child in inline.children or []] == ["text", "code_inline", "text"]
    assert code(text).isascii()


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1))
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    """Escaping changes how it is written, not what is read, but for the joiners that break web addresses."""
    (inline,) = MARKDOWN.parse(f"x {plain(text)}")[1:2]
    shown = "".join(child.content for child in inline.children or [])
    assert {child.type for child in inline.children or []} <= {"text", "text_special"}
    assert shown.replace("\u2060", "") == f"x {text}".replace("\u2060", "")


def test_web_addresses_in_text_are_broken() -> None:
    """Some renderers would link them wherever they stand."""
    for address in ("http://evil.example", "www.evil.example", "a@evil.example"):
        assert "\u2060" in plain(address)
