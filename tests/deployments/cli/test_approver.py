"""`credex approver add` shows an approver's secret once, on a terminal, and keeps it in SSM alone."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import boto3
import pytest

CREDEX = str(Path(sys.executable).with_name("credex"))
PARAMETER = "/credex/production/approvers/tendai-ncube"


@dataclass(frozen=True)
class Shown:
    """What a person saw, and the exit code."""

    exit_code: int
    text: str

    @property
    def secret(self) -> str:
        """The secret in the URI that was shown."""
        found = re.search(r"otpauth://\S+", self.text)
        assert found, self.text
        return parse_qs(urlparse(found.group()).query)["secret"][0]


def add(*arguments: str) -> Shown:
    """Run the command on a terminal of its own."""
    ours, theirs = pty.openpty()
    command = [CREDEX, "approver", "add", *arguments, "--env", "production"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        text = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return Shown(process.returncode, text.decode())


def _read(terminal: int) -> bytes:
    """What is there to read; nothing once the other end is closed, which Linux reports as an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def stored(address: str) -> str | None:
    ssm = boto3.client("ssm", endpoint_url=address, region_name="af-south-1")
    found = ssm.get_parameters(Names=[PARAMETER], WithDecryption=True)["Parameters"]
    assert all(item["Type"] == "SecureString" for item in found)
    return found[0]["Value"] if found else None


def test_a_secret_is_made_once_and_replaced_only_on_request(address: str) -> None:
    """What the app scans is what the flows read; a second call does not take anybody's app away."""
    first = add("tendai ncube")
    assert first.exit_code == 0, first.text
    assert stored(address) == first.secret
    assert "█" in first.text or "▀" in first.text  # a QR code
    again = add("Tendai Ncube")
    assert again.exit_code == 3
    assert "has a secret for production already" in again.text
    assert stored(address) == first.secret
    replaced = add("Tendai Ncube", "--replace")
    assert replaced.exit_code == 0, replaced.text
    assert stored(address) == replaced.secret != first.secret


@pytest.mark.parametrize(
    ("name", "problem"),
    [("Tendai Ncube", "shown on a terminal alone"), ("Eve", "Eve is no approver of production.")],
)
def test_without_a_terminal_or_a_listed_name_nothing_is_made(address: str, name: str, problem: str) -> None:
    """A pipe may end in a file or a log."""
    command = [CREDEX, "approver", "add", name, "--env", "production"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 3
    assert problem in ended.stderr
    assert ended.stdout == ""
    assert stored(address) is None
