"""Makes `github-openapi.json`: of GitHub's own OpenAPI description, the answers of what the stand-in serves.

Run by hand when the description or the list of operations changes:

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
    python -m tests.sandbox.github.reduce_description package/generated/api.github.com.json

The result is committed so that the tests need neither npm nor 13 MB of description. It is part of the npm
package `@octokit/openapi` (MIT licence, beside it), whose version it carries. Prose and examples, which
validate nothing, are left out, and two things are put so that a validator understands what GitHub means:
discriminators go (one of them would tell a folder's array by its field `type`), and what is `nullable` allows
null even beside a choice or an enumeration (GitHub does give null for the account of an unknown address).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.sandbox.github.description import EXTRACT

_LEFT_OUT = {
    "deprecated",
    "description",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "title",
}
_NULL = {"type": "string", "nullable": True, "enum": [None]}

REPOSITORY = "/repos/{owner}/{repo}"
OPERATIONS: dict[str, tuple[str, ...]] = {
    "/rate_limit": ("get",),
    "/user": ("get",),
    REPOSITORY: ("get",),
    f"{REPOSITORY}/branches": ("get",),
    f"{REPOSITORY}/branches/{{branch}}": ("get",),
    f"{REPOSITORY}/tags": ("get",),
    f"{REPOSITORY}/commits": ("get",),
    f"{REPOSITORY}/commits/{{ref}}": ("get",),
    f"{REPOSITORY}/commits/{{ref}}/check-runs": ("get",),
    f"{REPOSITORY}/commits/{{ref}}/status": ("get",),
    f"{REPOSITORY}/commits/{{ref}}/statuses": ("get",),
    f"{REPOSITORY}/compare/{{basehead}}": ("get",),
    f"{REPOSITORY}/contents/{{path}}": ("get",),
    f"{REPOSITORY}/git/blobs": ("post",),
    f"{REPOSITORY}/git/blobs/{{file_sha}}": ("get",),
    f"{REPOSITORY}/git/commits": ("post",),
    f"{REPOSITORY}/git/commits/{{commit_sha}}": ("get",),
    f"{REPOSITORY}/git/matching-refs/{{ref}}": ("get",),
    f"{REPOSITORY}/git/ref/{{ref}}": ("get",),
    f"{REPOSITORY}/git/refs": ("post",),
    f"{REPOSITORY}/git/refs/{{ref}}": ("patch", "delete"),
    f"{REPOSITORY}/git/trees": ("post",),
    f"{REPOSITORY}/git/trees/{{tree_sha}}": ("get",),
    f"{REPOSITORY}/merges": ("post",),
    f"{REPOSITORY}/environments": ("get",),
    f"{REPOSITORY}/environments/{{environment_name}}": ("get", "put", "delete"),
    f"{REPOSITORY}/environments/{{environment_name}}/deployment-branch-policies": ("get", "post"),
    f"{REPOSITORY}/environments/{{environment_name}}/secrets": ("get",),
    f"{REPOSITORY}/environments/{{environment_name}}/secrets/public-key": ("get",),
    f"{REPOSITORY}/environments/{{environment_name}}/secrets/{{secret_name}}": ("get", "put", "delete"),
    f"{REPOSITORY}/environments/{{environment_name}}/variables": ("get", "post"),
    f"{REPOSITORY}/environments/{{environment_name}}/variables/{{name}}": ("get", "patch", "delete"),
    f"{REPOSITORY}/deployments": ("get", "post"),
    f"{REPOSITORY}/deployments/{{deployment_id}}": ("get", "delete"),
    f"{REPOSITORY}/deployments/{{deployment_id}}/statuses": ("get", "post"),
    f"{REPOSITORY}/deployments/{{deployment_id}}/statuses/{{status_id}}": ("get",),
    f"{REPOSITORY}/check-runs": ("post",),
    f"{REPOSITORY}/check-runs/{{check_run_id}}": ("get", "patch"),
    f"{REPOSITORY}/statuses/{{sha}}": ("post",),
    f"{REPOSITORY}/actions/workflows": ("get",),
    f"{REPOSITORY}/actions/workflows/{{workflow_id}}": ("get",),
    f"{REPOSITORY}/actions/workflows/{{workflow_id}}/dispatches": ("post",),
    f"{REPOSITORY}/actions/workflows/{{workflow_id}}/runs": ("get",),
    f"{REPOSITORY}/actions/runs": ("get",),
    f"{REPOSITORY}/actions/runs/{{run_id}}": ("get",),
    f"{REPOSITORY}/actions/runs/{{run_id}}/cancel": ("post",),
    f"{REPOSITORY}/pulls": ("get", "post"),
    f"{REPOSITORY}/pulls/{{pull_number}}": ("get", "patch"),
    f"{REPOSITORY}/pulls/{{pull_number}}/files": ("get",),
    f"{REPOSITORY}/pulls/{{pull_number}}/merge": ("put",),
    f"{REPOSITORY}/issues/{{issue_number}}/comments": ("get", "post"),
    f"{REPOSITORY}/issues/comments/{{comment_id}}": ("get", "patch", "delete"),
}
"""What the stand-in serves, by GitHub's own path templates."""


def reduce(whole: dict[str, Any]) -> dict[str, Any]:
    """The description of `OPERATIONS` alone, with the schemas that they refer to."""
    paths = {
        template: {method: _answers(whole, whole["paths"][template][method]) for method in methods}
        for template, methods in OPERATIONS.items()
    }
    return {
        "openapi": whole["openapi"],
        "info": {
            "title": whole["info"]["title"],
            "version": whole["info"]["version"],
            "license": whole["info"]["license"],
            "x-npm-package": "@octokit/openapi",
        },
        "paths": paths,
        "components": {"schemas": _schemas_reached(whole, paths)},
    }


def _answers(whole: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    responses = {}
    for status, response in operation["responses"].items():
        found = _resolve(whole, response["$ref"]) if "$ref" in response else response
        content = found.get("content", {}).get("application/json")
        responses[status] = {"content": {"application/json": _bare(content)}} if content else {}
    return {"operationId": operation["operationId"], "responses": responses}


def _schemas_reached(whole: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Any] = {"basic-error": _bare(whole["components"]["schemas"]["basic-error"])}
    waiting = list(_references(start)) + list(_references(schemas))
    while waiting:
        reference = waiting.pop()
        name = reference.rsplit("/", 1)[-1]
        if name not in schemas:
            schemas[name] = _bare(_resolve(whole, reference))
            waiting += _references(schemas[name])
    return dict(sorted(schemas.items()))


def _resolve(whole: dict[str, Any], reference: str) -> dict[str, Any]:
    found: dict[str, Any] = whole
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def _bare(schema: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Without what is left out; under `properties` the keys are names of fields, description too."""
    if isinstance(schema, list):
        return [_bare(child) for child in schema]
    if not isinstance(schema, dict):
        return schema
    bare: dict[str, Any] = {
        key: {name: _bare(child) for name, child in value.items()} if key == "properties" else _bare(value)
        for key, value in schema.items()
        if key not in _LEFT_OUT and not key.startswith("x-")
    }
    if bare.get("nullable"):
        for choice in {"oneOf", "anyOf"} & bare.keys():
            bare[choice].append(_NULL)
        if "enum" in bare:
            bare["enum"].append(None)
    return bare


if __name__ == "__main__":
    reduced = reduce(json.loads(Path(sys.argv[1]).read_text()))
    EXTRACT.write_text(json.dumps(reduced, separators=(",", ":"), sort_keys=True) + "\n")
