"""One environment as Terraform makes it: network, load balancer, target groups, repository, service."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.aws.mends.mend import Clients
from sandbox.images import ensure_repository, push_image
from tests.sandbox.aws.conftest import clients_of
from tests.sandbox.ecs.waiting import wait_for

PORT = 5000
LISTENER_PORT = 8080
BREAKER = {"enable": True, "rollback": True}

_numbers = itertools.count(1)


@dataclass
class Environment:
    """Everything a test needs to deploy and to look at the outcome."""

    clients: Clients
    name: str
    vpc: str
    subnets: list[str]
    group: str
    balancer: str
    listener: str
    blue: str
    green: str
    address: str

    @property
    def repository(self) -> str:
        """The image repository's name."""
        return f"credex-core-{self.name}"

    @property
    def url(self) -> str:
        """The load balancer's address."""
        return f"http://{self.address}:{LISTENER_PORT}"

    @property
    def ecs(self) -> Any:  # noqa: ANN401 - boto3 builds its clients at run time
        """The client of ECS."""
        return self.clients("ecs")

    @property
    def elb(self) -> Any:  # noqa: ANN401 - boto3 builds its clients at run time
        """The client of load balancers."""
        return self.clients("elbv2")

    def push(self, behaviour: str = "ok") -> str:
        """Push an image of a new commit and return its digest."""
        return push_image(self.clients("ecr"), self.repository, secrets.token_hex(20), behaviour)

    def task_definition(self, digest: str, **container: object) -> str:
        """Register a task definition that runs an image, and return its ARN."""
        uri = f"123456789012.dkr.ecr.af-south-1.amazonaws.com/{self.repository}@{digest}"
        definition = {
            "name": "credex-core",
            "image": uri,
            "essential": True,
            "portMappings": [{"containerPort": PORT}],
            "environment": environment(REQUESTS_PER_MINUTE="1000000"),
            **container,
        }
        registered = self.ecs.register_task_definition(
            family=self.name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[definition],
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])

    def create_service(self, task_definition: str, desired: int = 1, **settings: object) -> None:
        """Create the service behind the blue target group."""
        self.ecs.create_service(
            cluster=self.name,
            serviceName=self.name,
            taskDefinition=task_definition,
            desiredCount=desired,
            launchType="FARGATE",
            loadBalancers=[
                {"targetGroupArn": self.blue, "containerName": "credex-core", "containerPort": PORT}
            ],
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.group]}
            },
            **{"deploymentConfiguration": {"deploymentCircuitBreaker": BREAKER}, **settings},
        )

    def update(self, **changes: object) -> dict[str, Any]:
        """Update the service and return it."""
        updated: dict[str, Any] = self.ecs.update_service(cluster=self.name, service=self.name, **changes)
        service: dict[str, Any] = updated["service"]
        return service

    def service(self) -> dict[str, Any]:
        """Describe the service."""
        described = self.ecs.describe_services(cluster=self.name, services=[self.name])
        service: dict[str, Any] = described["services"][0]
        return service

    def primary(self) -> dict[str, Any]:
        """Describe the PRIMARY deployment."""
        deployment: dict[str, Any] = self.service()["deployments"][0]
        return deployment

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        """Describe the service's tasks of a desired status."""
        arns = self.ecs.list_tasks(cluster=self.name, serviceName=self.name, desiredStatus=status)["taskArns"]
        if not arns:
            return []
        tasks: list[dict[str, Any]] = self.ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]
        return tasks

    def target_states(self, group: str | None = None) -> dict[str, str]:
        """Tell the state of each target of a group (blue unless said), by address."""
        described = self.elb.describe_target_health(TargetGroupArn=group or self.blue)
        return {
            entry["Target"]["Id"]: entry["TargetHealth"]["State"]
            for entry in described["TargetHealthDescriptions"]
        }

    def is_steady(self) -> bool:
        """Tell whether the service has one deployment, completed."""
        deployments = self.service()["deployments"]
        return len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED"

    def wait_until_steady(self, within: float = 40.0) -> None:
        """Wait for the deployment to complete."""
        wait_for("a steady service", self.is_steady, within=within)

    def deploy(self, digest: str) -> None:
        """Roll an image out and wait for the end."""
        self.update(taskDefinition=self.task_definition(digest))
        self.wait_until_steady()

    def serving(self) -> set[str]:
        """Ask the load balancer some times which images answer."""
        with httpx.Client(base_url=self.url, timeout=10, verify=False) as client:  # noqa: S501 - no TLS here
            return {client.get("/version").json()["image_digest"] for _ in range(6)}

    def delete(self) -> None:
        """Delete the service and wait until its last task is gone, then the load balancer."""
        services = self.ecs.describe_services(cluster=self.name, services=[self.name])["services"]
        if services and services[0]["status"] == "ACTIVE":
            self.ecs.delete_service(cluster=self.name, service=self.name, force=True)
            wait_for("an inactive service", lambda: self.service()["status"] == "INACTIVE")
        self.elb.delete_load_balancer(LoadBalancerArn=self.balancer)


def environment(**variables: str) -> list[dict[str, str]]:
    """Write environment variables as task definitions do."""
    return [{"name": name, "value": value} for name, value in variables.items()]


def address_of(task: dict[str, Any]) -> str:
    """Tell a task's private address."""
    details = task["attachments"][0]["details"]
    return str(next(detail["value"] for detail in details if detail["name"] == "privateIPv4Address"))


def make_environment(url: str, network: str) -> Environment:
    """Build a new environment in a network ("127.200") on a local AWS."""
    clients = clients_of(url)
    number = next(_numbers)
    name = f"test{number}"
    ec2, elb = clients("ec2"), clients("elbv2")
    vpc = ec2.create_vpc(CidrBlock=f"{network}.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"{network}.{number * 2 + offset}.0/24", AvailabilityZone=f"af-south-1{zone}"
        )["Subnet"]["SubnetId"]
        for offset, zone in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    balancer = elb.create_load_balancer(Name=name, Subnets=subnets)["LoadBalancers"][0]
    blue, green = (_target_group(clients, vpc, f"{name}-{colour}") for colour in ("blue", "green"))
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=LISTENER_PORT,
        DefaultActions=[forward({blue: 100, green: 0})],
    )["Listeners"][0]["ListenerArn"]
    ensure_repository(clients("ecr"), f"credex-core-{name}")
    clients("ecs").create_cluster(clusterName=name)
    return Environment(
        clients,
        name,
        vpc,
        subnets,
        group,
        balancer["LoadBalancerArn"],
        listener,
        blue,
        green,
        balancer["DNSName"],
    )


def forward(weights: dict[str, int]) -> dict[str, Any]:
    """Write a forward action to several target groups."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


def _target_group(clients: Clients, vpc: str, name: str) -> str:
    group = clients("elbv2").create_target_group(
        Name=name,
        Protocol="HTTP",
        Port=PORT,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=10,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    return str(group)
