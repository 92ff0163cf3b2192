"""A Fargate service as tests make it: network, target group, cluster, service."""

from __future__ import annotations

from systems.aws.session import Aws

CLUSTER = "credex-cluster-testing"
SERVICE = "credex-core-service-testing"
REPOSITORY = "123456789012.dkr.ecr.af-south-1.amazonaws.com/credex-core"


def register(aws: Aws, digest: str) -> str:
    """Register a task definition that pins this digest, and give its ARN."""
    registered = aws.ecs.register_task_definition(
        family="credex-core",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "credex-core",
                "image": f"{REPOSITORY}@{digest}",
                "essential": True,
                "portMappings": [{"containerPort": 5000}],
            }
        ],
    )
    return registered["taskDefinition"]["taskDefinitionArn"]


def create_service(aws: Aws, task_definition: str, desired_count: int = 2) -> str:
    """Create the service behind a target group, and give the group's ARN."""
    vpc = aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    group = aws.elbv2.create_target_group(
        Name="blue", Protocol="HTTP", Port=5000, VpcId=vpc, TargetType="ip", HealthCheckPath="/health"
    )["TargetGroups"][0]["TargetGroupArn"]
    aws.ecs.create_cluster(clusterName=CLUSTER)
    aws.ecs.create_service(
        cluster=CLUSTER,
        serviceName=SERVICE,
        taskDefinition=task_definition,
        desiredCount=desired_count,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": []}},
        loadBalancers=[{"targetGroupArn": group, "containerName": "credex-core", "containerPort": 5000}],
    )
    return group
