"""Prefect's interfaces as a person uses them: in a browser, by what is written on the page."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser, Locator, Page, Response, ViewportSize

from models.names import Scenario

_WINDOW: ViewportSize = {"width": 1280, "height": 1000}
_PATIENCE_MS = 60_000
_TRIES = 10


class Person:
    """Somebody in front of Prefect's interface V2, which people get unless they chose the older one."""

    run_page = "v2/runs/flow-run"
    send_button = "Resume"

    def __init__(self, page: Page, url: str, screenshots: Path) -> None:
        self.page = page
        self.url = url
        self._screenshots = screenshots

    def takes_picture(self, name: str) -> None:
        """Keep what is on the screen as NAME.png."""
        self.page.screenshot(path=self._screenshots / f"{name}.png")

    def opens_form(self, scenario: Scenario) -> None:
        """From the list of deployments to the scenario's form."""
        self.page.goto(f"{self.url}/v2/deployments")
        self.page.get_by_role("link", name=scenario.value, exact=True).first.click()
        self.page.get_by_role("button", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Custom run").click()
        self.page.get_by_label("Your name").wait_for()

    def fills(self, within: Page | Locator, texts: Mapping[str, str], choices: Mapping[str, str]) -> None:
        """Write into fields and choose from lists, each by its title."""
        for title, option in choices.items():
            within.get_by_role("button", name=f"Select {title}").click()
            self.page.get_by_role("option", name=option, exact=True).click()
        for title, text in texts.items():
            within.get_by_label(title).fill(text)

    def submits(self) -> UUID:
        """Send the form; gives the flow run that it started."""
        answer = self._sends(self.page.get_by_role("button", name="Submit"), "**/create_flow_run")
        made: dict[str, Any] = answer.json()
        assert answer.status == 201, made
        return UUID(made["id"])

    def is_refused(self) -> str:
        """Send a form that the server must not take; gives what the page then says of it."""
        answer = self._sends(self.page.get_by_role("button", name="Submit"), "**/create_flow_run")
        assert answer.status == 409, answer.text()
        toast = self.page.locator("[data-sonner-toast]").first
        toast.wait_for()
        return toast.inner_text()

    def opens_run(self, run_id: UUID, state: str) -> None:
        """The run's page, once it shows that the run has come to this state."""
        self.page.goto(f"{self.url}/{self.run_page}/{run_id}")
        self.page.get_by_text(state, exact=True).first.wait_for(timeout=15 * _PATIENCE_MS)

    def reads_in_artifact(self, key: str, heading: str, *words: str) -> None:
        """Find one of the run's artifacts by its tab on the run's page, and all of these in it."""
        self.page.get_by_role("tab", name="Artifacts").click()
        self.page.get_by_role("link", name=re.compile(re.escape(key))).first.click()
        self.page.get_by_role("heading", name=heading).first.wait_for()
        for each in words:  # tables come after the headings
            self.page.get_by_role("main").get_by_text(each).first.wait_for()

    def opens_question(self) -> Locator:
        """The form that answers the run's question, on the run's page."""
        self.page.get_by_role("button", name="Open menu").click()
        self.page.get_by_role("menuitem", name="Resume").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Your name").wait_for()
        return dialog

    def answers(self, dialog: Locator) -> None:
        """Send the answer."""
        button = dialog.get_by_role("button", name=self.send_button, exact=True)
        assert self._sends(button, "**/resume").ok

    def _sends(self, button: Locator, address: str) -> Response:
        """Press a button, and again where the server was busy: on SQLite it answers 503 then."""
        for _ in range(_TRIES):
            with self.page.expect_response(address) as sent:
                button.click()
            if sent.value.status != 503:
                break
        return sent.value


class PersonWithV1(Person):
    """Somebody who stayed with the older interface."""

    run_page = "runs/flow-run"
    send_button = "Submit"

    def opens_question(self) -> Locator:
        """The form that answers the run's question, on the run's page."""
        self.page.get_by_role("button", name="Resume").first.click()
        dialog = self.page.get_by_role("dialog")
        self._field(dialog, "Your name").wait_for()
        return dialog

    def fills(self, within: Page | Locator, texts: Mapping[str, str], choices: Mapping[str, str]) -> None:
        """Write into fields and choose from lists, each by its title."""
        for title, option in choices.items():
            self._field(within, title).locator(".p-select-button__control").press("ArrowDown")
            self.page.get_by_role("option", name=option, exact=True).click()
        for title, text in texts.items():
            self._field(within, title).locator("textarea").fill(text)

    def _field(self, within: Page | Locator, title: str) -> Locator:
        label = self.page.locator(".schema-form-property__label", has_text=title)
        return within.locator(".schema-form-property", has=label).last


def sits_down(kind: type[Person], at: Browser, prefect_url: str, screenshots: Path) -> Person:
    """A person with a page of their own; CREDEX_SCREENSHOTS names another folder for the pictures."""
    page = at.new_page(viewport=_WINDOW)
    page.set_default_timeout(_PATIENCE_MS)
    return kind(page, prefect_url, Path(os.environ.get("CREDEX_SCREENSHOTS", screenshots)))
