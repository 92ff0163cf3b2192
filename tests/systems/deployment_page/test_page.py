"""The deployment page: a file of its own that runs nothing but itself, whatever people wrote into the log."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Page

from models.drift import Drift, DriftLook
from systems.deployment_page.facts import Facts
from systems.deployment_page.page import page
from tests.chromium import chromium
from tests.systems.deployment_page.a_log import NOW, facts

HOSTILE = '</td></script><script>document.title="owned"</script><img src=x onerror=alert(1)>"\'&{{7*7}}'
VOID = {"meta", "input", "br", "img", "link"}
PHONE = {"width": 390, "height": 844}


class Parsed(HTMLParser):
    """Elements with their attributes, the text of the page, and what was not closed as it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {}
        self.misnested: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It has to be the last one that was opened."""
        if not self._open or self._open.pop() != tag:
            self.misnested.append(tag)

    def handle_data(self, data: str) -> None:
        """Note the text under its element."""
        self.inside.setdefault(self._open[-1] if self._open else "", []).append(data)


@pytest.fixture(scope="module")
def hostile() -> str:
    """The page of a log in which every free text is an attack."""
    return page([facts("staging", text=HOSTILE), Facts("production", [], commits_unknown=HOSTILE)], NOW, 90)


def test_what_people_wrote_is_text_and_nothing_else(hostile: str) -> None:
    parsed = Parsed(hostile)
    assert parsed.misnested == []
    assert [tag for tag, _ in parsed.elements].count("script") == 1
    assert not {"img", "iframe", "object", "base", "form", "link"} & {tag for tag, _ in parsed.elements}
    assert not any(name.startswith("on") or name == "style" for _, each in parsed.elements for name in each)
    assert any(HOSTILE in text for text in parsed.inside["td"])
    assert "49" not in "".join(parsed.inside["td"]).replace("2026", "")


def test_the_page_loads_nothing_and_runs_only_what_is_its_own(hostile: str) -> None:
    """The policy names the hashes of the very texts that stand in the page."""
    parsed = Parsed(hostile)
    addresses = [each[name] for _, each in parsed.elements for name in ("src", "href") if name in each]
    assert all(address and address.startswith("#") for address in addresses)
    assert not re.search(r"url\(|@import|https?://", hostile)
    policies = [each["content"] for _, each in parsed.elements if each.get("http-equiv")]
    policy = policies[0] or ""
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256("".join(parsed.inside[tag]).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_page_tells_what_the_log_does() -> None:
    """What runs, what failed and why, who agreed, what is proven, what drifted, and the four measures."""
    clean = replace(facts("development"), drift=DriftLook(looked_at=NOW, found=Drift()))
    unseen = replace(facts("testing"), drift=None)
    html = page([facts("staging"), clean, unseen, Facts("production", [])], NOW, 90)
    inside = Parsed(html).inside
    told = " ".join(" ".join(inside["td"] + inside["p"] + inside["span"] + inside["code"]).split())
    for wanted in (
        "Nothing was deployed here yet.",
        "the tasks of the new version stopped with exit code 1",
        "Farai Dube, with a one-time code",
        "1 of 6 failed",
        "17 %",
        "14 min 0 s",
        "2026-03-31 03:04",
        "2 changed",
        "at the last look, 2026-03-31 03:30.",
        "module.service.aws_ecs_service.this",
        "differs in desired_count",
        "Tendai Ncube at 2026-03-31 02:00 UTC by UpdateService",
        "as its release says",
        "not looked at yet.",
    ):
        assert wanted in told, wanted


@pytest.fixture(scope="module")
def browser_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of Debian's Chromium as large as a telephone's."""
    with chromium() as browser:
        yield browser.new_page(viewport={"width": PHONE["width"], "height": PHONE["height"]})


def test_on_a_telephone_it_is_read_and_filtered_without_a_network(
    browser_page: Page, hostile: str, tmp_path: Path
) -> None:
    """Nothing is wider than the screen, no script but its own runs, and no request is made."""
    file = tmp_path / "page.html"
    file.write_text(hostile, encoding="utf-8")
    errors: list[str] = []
    requests: list[str] = []
    browser_page.on("console", lambda message: errors.append(message.text))
    browser_page.on("pageerror", lambda error: errors.append(str(error)))
    browser_page.on("request", lambda request: requests.append(request.url))
    browser_page.goto(file.as_uri())
    assert browser_page.title() == "Deployments of credex-core"
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    rows = browser_page.locator("table.history tbody tr:visible")
    everything = rows.count()
    browser_page.select_option("select[name=event]", "rolled back")
    assert rows.count() == 1
    browser_page.select_option("select[name=event]", "")
    browser_page.fill("input[name=text]", "no such words")
    assert rows.count() == 0
    browser_page.fill("input[name=text]", "")
    assert rows.count() == everything == 13
    assert errors == []
    assert requests == [file.as_uri()]
