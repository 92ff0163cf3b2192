"""A small service without tasks, for the probes that need one."""

from __future__ import annotations

from typing import Any

from sandbox.aws.mends.mend import Clients

NAME = "probe"


def make_service(clients: Clients, cluster: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 - AWS's own
    """Create a cluster with one service that wants no task; returns the service as created."""
    ecs = clients("ecs")
    ecs.create_cluster(clusterName=cluster)
    service: dict[str, Any] = ecs.create_service(
        **{
            "cluster": cluster,
            "serviceName": NAME,
            "taskDefinition": register_revision(clients),
            "desiredCount": 0,
            "launchType": "FARGATE",
            "networkConfiguration": network_configuration(clients),
            **settings,
        }
    )["service"]
    return service


def network_configuration(clients: Clients, *, host_names: bool = True) -> dict[str, Any]:
    """Make a network and name it as services and tasks do."""
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.98.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": host_names})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.98.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="probe", Description="probe", VpcId=vpc)["GroupId"]
    return {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}


def register_revision(clients: Clients) -> str:
    """Register one more revision of the probe's task definition and return its ARN."""
    definition = clients("ecs").register_task_definition(
        family="probe",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "probe", "image": "probe", "cpu": 256, "memory": 512}],
    )
    return str(definition["taskDefinition"]["taskDefinitionArn"])


def run_task(clients: Clients, cluster: str) -> str:
    """Run one task outside of any service and return its ARN."""
    task = clients("ecs").run_task(
        cluster=cluster,
        taskDefinition=register_revision(clients),
        launchType="FARGATE",
        networkConfiguration=network_configuration(clients),
    )["tasks"][0]
    return str(task["taskArn"])


def remove_service(clients: Clients, cluster: str) -> dict[str, Any]:
    """Delete the probe's service; returns it as AWS shows it then."""
    service: dict[str, Any] = clients("ecs").delete_service(cluster=cluster, service=NAME, force=True)[
        "service"
    ]
    return service
