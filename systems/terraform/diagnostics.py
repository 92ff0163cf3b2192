"""Turns what Terraform complains of into our exceptions: one sentence, the place, and what to do next.

Diagnostics may quote values. The snippet of source is never shown, the values that Terraform lists beside it
are struck out of the text, and what is left goes through the caller's `scrub`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from models.errors import DeployError, SetUpError, StalePlan, StateLocked, TerraformFailed

Scrub = Callable[[str], str]

_LONGEST_DETAIL = 400
_SHORTEST_BARE = 4
"""Shorter values are struck out only in quotes: they occur in ordinary words."""

_CREDENTIALS = re.compile(
    r"No valid credential sources|InvalidClientTokenId|UnrecognizedClientException|ExpiredToken"
    r"|SignatureDoesNotMatch|AuthFailure|InvalidAccessKeyId|failed to refresh cached credentials"
)
_NO_BUCKET = re.compile(r"NoSuchBucket|S3 bucket \\?\"?[^\" ]*\\?\"? does not exist")
_PROVIDER = re.compile(r"Failed to (query available provider packages|install provider)|provider registry")
_EXISTS = re.compile(r"AlreadyExists|already exists|\bDuplicate(\w+Name)?\b")
_STALE = re.compile(r"Saved plan (is stale|does not match)")


@dataclass(frozen=True)
class Diagnostic:
    """One error or warning, with the file and line, and the resource, where Terraform knows them."""

    severity: str
    summary: str
    detail: str = ""
    file: str = ""
    line: int = 0
    address: str = ""

    @property
    def text(self) -> str:
        """All that Terraform said, to be searched for what is known."""
        return f"{self.summary}\n{self.detail}"

    @property
    def sentence(self) -> str:
        """The summary, where it arose, and the first paragraph of the detail."""
        place = f"{self.file}:{self.line}" if self.file else ""
        known = ", ".join(filter(None, [place, self.address]))
        where = f" ({known})" if known else ""
        first = " ".join(self.detail.split("\n\n")[0].split())[:_LONGEST_DETAIL]
        head = f"{_first_line(self.summary)}{where}"
        return f"{head}: {first}" if first else f"{head}."


def from_json(document: object) -> Diagnostic | None:
    """Read one diagnostic as `-json` output holds it; None if it is none."""
    if not isinstance(document, dict) or "summary" not in document:
        return None
    span = document.get("range") or {}
    values = _values_in(document.get("snippet"))
    return Diagnostic(
        severity=str(document.get("severity", "error")),
        summary=_without(values, str(document["summary"])),
        detail=_without(values, str(document.get("detail") or "")),
        file=str(span.get("filename") or ""),
        line=int((span.get("start") or {}).get("line") or 0),
        address=str(document.get("address") or ""),
    )


def _values_in(snippet: object) -> list[str]:
    """The strings that the failing expression was made of, longest first, from sentences such as `is "x"`."""
    values = snippet.get("values") if isinstance(snippet, dict) else None
    statements = " ".join(str(value.get("statement", "")) for value in values or [])
    return sorted(re.findall(r'"((?:[^"\\]|\\.)+)"', statements), key=len, reverse=True)


def _without(values: list[str], text: str) -> str:
    """The text with these values struck out: a detail may quote what it complains of."""
    for value in values:
        quoted = f'"{value}"'
        text = text.replace(value if len(value) >= _SHORTEST_BARE else quoted, "***")
    return text


def errors_in(stdout: str, stderr: str) -> list[Diagnostic]:
    """All errors of a command, from machine-readable lines, a JSON document, or text for people."""
    found = [*_from_events(stdout), *_from_document(stdout), *_from_text(stderr)]
    return [diagnostic for diagnostic in found if diagnostic.severity == "error"]


def to_exception(what: str, errors: list[Diagnostic], scrub: Scrub) -> DeployError:
    """The exception for a command that failed; `what` names it, for example `terraform plan`."""
    if not errors:
        return TerraformFailed(
            f"`{what}` failed without saying why.",
            next_step="Run it by hand in the root module's folder to see more.",
        )
    first = errors[0]
    text = first.text
    return _locked(text, scrub) or _known(what, text, first, scrub) or _failed(what, errors, scrub)


def _failed(what: str, errors: list[Diagnostic], scrub: Scrub) -> TerraformFailed:
    first = errors[0]
    others = len(errors) - 1
    more = f" ({others} more error{'s' if others > 1 else ''} after it.)" if others else ""
    return TerraformFailed(
        f"`{what}` failed: {scrub(first.sentence)}{more}",
        next_step=_next_step(first),
    )


def _next_step(first: Diagnostic) -> str:
    """What to do about an error of the plan or of AWS; two ways where AWS has what was to be created.

    AWS may carry out a request whose answer is lost, and IAM, for one, then refuses the second try; so it is
    with what a kill left, whose creation the state did not come to know.
    """
    if first.address and _EXISTS.search(first.text):
        return (
            "An apply that was cut short may have left it. If nothing uses it, delete it; else "
            f"`terraform import '{first.address}' ID` takes it over. Then start the deployment again."
        )
    return "Correct what it names and start the deployment again."


def _known(what: str, text: str, first: Diagnostic, scrub: Scrub) -> DeployError | None:
    """What has a better next step than `correct it`: a stale plan, or a machine that is not set up."""
    if _STALE.search(text):
        return StalePlan(
            "The saved plan is stale: the state was changed after it was made.",
            next_step="Start the deployment again; it is planned anew.",
        )
    if _CREDENTIALS.search(text):
        return SetUpError(
            f"`{what}` has no AWS credentials that work: {scrub(_first_line(first.summary))}.",
            next_step="Give the worker credentials of AWS's ordinary kind, and see `credex doctor`.",
        )
    if _NO_BUCKET.search(text):
        return SetUpError(
            "The S3 bucket of Terraform's state does not exist.",
            next_step="The initial deployment makes it; check `aws.state_bucket` in the environment's file.",
        )
    if _PROVIDER.search(text):
        return SetUpError(
            f"Terraform cannot get its provider: {scrub(first.sentence)}",
            next_step="Name a mirror in CREDEX_TERRAFORM_MIRROR, or let the machine reach the registry.",
        )
    return None


def _locked(text: str, scrub: Scrub) -> StateLocked | None:
    if "acquiring the state lock" not in text:
        return None
    holder = {
        name: match.group(1).strip()
        for name in ("ID", "Who", "Created", "Operation")
        if (match := re.search(rf"^\s*{name}:[ \t]*(.*)$", text, re.MULTILINE))
    }
    if not holder.get("ID"):
        return None
    operation = holder.get("Operation", "").removeprefix("OperationType").lower() or "operation"
    who, created = scrub(holder.get("Who", "")), holder.get("Created", "")
    return StateLocked(
        f"Terraform's state is locked by {who} since {created} for {operation} (lock {holder['ID']}).",
        next_step="Wait until that ends. Only if its process is surely gone: "
        f"`terraform force-unlock {holder['ID']}`.",
        lock_id=holder["ID"],
        who=who,
        created=created,
    )


def _from_events(stdout: str) -> Iterable[Diagnostic]:
    for line in stdout.splitlines():
        if line.startswith("{") and '"diagnostic"' in line:
            try:
                found = from_json(json.loads(line).get("diagnostic"))
            except ValueError:
                continue  # a line that was cut short, by a kill for example
            if found is not None:
                yield found


def _from_document(stdout: str) -> Iterable[Diagnostic]:
    """The answer of `validate -json` is one document, with its errors in an order that varies."""
    if '"diagnostics"' not in stdout:
        return []
    try:
        diagnostics = json.loads(stdout).get("diagnostics", [])
    except ValueError:
        return []
    return sorted(filter(None, map(from_json, diagnostics)), key=lambda found: (found.file, found.line))


def _from_text(stderr: str) -> Iterable[Diagnostic]:
    """Commands without `-json` frame their errors with box drawing characters."""
    plain = re.sub(r"^[│╷╵] ?", "", re.sub(r"\x1b\[[0-9;]*m", "", stderr), flags=re.MULTILINE)
    for part in re.split(r"^Error: ", plain, flags=re.MULTILINE)[1:]:
        summary, _, detail = part.strip().partition("\n\n")
        place = re.search(r"on (\S+) line (\d+)", detail)
        yield Diagnostic(
            severity="error",
            summary=summary,
            detail="" if place else detail,
            file=place.group(1) if place else "",
            line=int(place.group(2)) if place else 0,
        )


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].rstrip(".")
