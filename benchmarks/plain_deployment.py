"""What one would write without us: Terraform and AWS calls in a row, for one commit's image.

Started as a program of its own with a JSON file that says where and what: nothing of the product is used.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import httpx

DEADLINE_SECONDS = 600


def main(settings: dict[str, Any]) -> None:
    """Init, plan, show, apply, read the outputs, and wait until the image serves."""
    initialise(settings)
    apply(settings)
    values = outputs(settings)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (rolled_out(values, settings["digest"]) and healthy(values) and answers(values)):
        if time.monotonic() > deadline:
            sys.exit("The service did not become stable.")
        time.sleep(1)


def initialise(settings: dict[str, Any]) -> None:
    """Give Terraform its backend and its provider."""
    backend = [f"-backend-config={item}" for item in settings["backend"]]
    terraform(settings, "init", "-input=false", "-no-color", "-reconfigure", *backend)


def apply(settings: dict[str, Any]) -> None:
    """Plan, look at the plan, and apply it."""
    files = [f"-var-file={file}" for file in settings["var_files"]]
    terraform(settings, "plan", "-input=false", "-no-color", f"-out={settings['plan']}", *files)
    json.loads(terraform(settings, "show", "-json", settings["plan"]))
    terraform(settings, "apply", "-input=false", "-no-color", settings["plan"])


def outputs(settings: dict[str, Any]) -> dict[str, Any]:
    """Terraform's outputs."""
    found = json.loads(terraform(settings, "output", "-json"))
    return {name: output["value"] for name, output in found.items()}


def terraform(settings: dict[str, Any], *arguments: str) -> str:
    """Run one command to its end and give its output."""
    line = [settings["terraform"], *arguments]
    return subprocess.run(line, cwd=settings["directory"], check=True, capture_output=True, text=True).stdout


def rolled_out(outputs: dict[str, Any], digest: str) -> bool:
    """Whether the newest deployment is completed and every task runs the image."""
    ecs = boto3.client("ecs")
    cluster, service = outputs["ecs_cluster_name"], outputs["ecs_service_name"]
    found = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    primary = next(item for item in found["deployments"] if item["status"] == "PRIMARY")
    if primary["rolloutState"] != "COMPLETED":
        return False
    arns = ecs.list_tasks(cluster=cluster, serviceName=service)["taskArns"]
    tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    digests = {container.get("imageDigest") for task in tasks for container in task["containers"]}
    return digests == {digest}


def healthy(outputs: dict[str, Any]) -> bool:
    """Whether every target is healthy."""
    found = boto3.client("elbv2").describe_target_health(TargetGroupArn=outputs["target_group_arns"]["blue"])
    states = {target["TargetHealth"]["State"] for target in found["TargetHealthDescriptions"]}
    return states == {"healthy"}


def answers(outputs: dict[str, Any]) -> bool:
    """Whether the application answers through the load balancer."""
    return httpx.get(f"{outputs['api_url']}/health", timeout=10).is_success


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
