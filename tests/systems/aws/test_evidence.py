"""What runs is believed only where every look at it agrees."""

from __future__ import annotations

import pytest

from models.check import Check, Verdict, worst
from models.rollout_checks import check_count, check_deployment, check_images, check_targets
from systems.aws.ecs import read_service
from systems.aws.load_balancer import listeners_of, target_health
from systems.aws.service import rollout_evidence
from systems.aws.session import Aws
from tests.systems.aws.fargate import CLUSTER, SERVICE, create_service, register
from tests.systems.aws.snapshots import (
    COMPLETED,
    EXPECTED,
    NEW,
    OLD,
    ROLLED_BACK,
    STARTING,
    deployment,
    state,
    target,
    task,
)


def test_a_service_as_released_passes_every_check() -> None:
    checks = [
        check_deployment(COMPLETED, EXPECTED),
        check_count(COMPLETED, EXPECTED),
        check_images([task(), task()], EXPECTED),
        check_targets([target(), target()], EXPECTED),
    ]
    assert [check.verdict for check in checks] == [Verdict.PASSED] * 4


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (check_deployment(ROLLED_BACK, EXPECTED), "PRIMARY is credex-core:6"),
        (check_deployment(STARTING, EXPECTED), "IN_PROGRESS"),
        (check_deployment(state(), EXPECTED), "no deployment"),
        (check_deployment(state(deployment(image_digests=[])), EXPECTED), "an image named by a tag"),
        (check_count(state(deployment(), desired=3), EXPECTED), "3 are desired"),
        (check_count(state(deployment(), running=1), EXPECTED), "1 of 2 run"),
        (check_images([task(), task(OLD)], EXPECTED), "1 run sha256:000000000000"),
        (check_images([task(), task(None)], EXPECTED), "1 run an unknown image"),
        (check_images([task()], EXPECTED), "only 1 of 2"),
        (check_images([], EXPECTED), "only 0 of 2"),
        (check_targets([target(), target("unhealthy", "code 500")], EXPECTED), "is unhealthy (code 500)"),
        (check_targets([target(), target("initial")], EXPECTED), "is initial"),
        (check_targets([target()], EXPECTED), "1 are registered"),
        (check_targets([], EXPECTED), "0 are registered"),
    ],
)
def test_each_difference_fails_and_says_what_to_do(check: Check, words: str) -> None:
    assert check.verdict is Verdict.FAILED
    assert words in check.detail
    assert check.next_step


def test_targets_that_are_leaving_do_not_count() -> None:
    targets = [target(), target(), target("draining")]
    assert check_targets(targets, EXPECTED).verdict is Verdict.PASSED


def test_a_service_is_read_with_its_image_and_target_group(aws: Aws) -> None:
    group = create_service(aws, register(aws, NEW))
    seen = read_service(aws, CLUSTER, SERVICE)
    assert seen.primary is not None
    assert seen.primary.image_digests == [NEW]
    assert (seen.desired, seen.target_groups) == (2, [group])
    assert target_health(aws, group) == []


def test_a_missing_service_fails_every_check_by_name(aws: Aws) -> None:
    aws.ecs.create_cluster(clusterName=CLUSTER)
    checks = rollout_evidence(aws, CLUSTER, SERVICE, EXPECTED)
    assert [check.verdict for check in checks] == [Verdict.FAILED] * 4
    assert {check.detail for check in checks} == {
        f"There is no ECS service {SERVICE} in the cluster {CLUSTER}"
    }
    [cluster, *_] = rollout_evidence(aws, "nowhere", SERVICE, EXPECTED)
    assert "no ECS cluster nowhere" in cluster.detail


def test_where_aws_cannot_be_asked_nothing_is_known(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, unused_port: int
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused_port}")
    checks = rollout_evidence(Aws(aws.region), CLUSTER, SERVICE, EXPECTED)
    assert worst(check.verdict for check in checks) is Verdict.INCONCLUSIVE
    assert all(check.next_step for check in checks)


def test_the_listener_of_a_group_tells_its_weights(aws: Aws) -> None:
    blue = create_service(aws, register(aws, NEW))
    vpc = aws.ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.9.0.0/16"]}])["Vpcs"][0]["VpcId"]
    zones = [
        aws.ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"af-south-1{zone}"
        )
        for number, zone in ((2, "a"), (3, "b"))
    ]
    balancer = aws.elbv2.create_load_balancer(
        Name="testing", Subnets=[zone["Subnet"]["SubnetId"] for zone in zones]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    green = aws.elbv2.create_target_group(
        Name="green", Protocol="HTTP", Port=5000, VpcId=vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    aws.elbv2.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[
            {
                "Type": "forward",
                "ForwardConfig": {
                    "TargetGroups": [
                        {"TargetGroupArn": blue, "Weight": 100},
                        {"TargetGroupArn": green, "Weight": 0},
                    ]
                },
            }
        ],
    )
    [listener] = listeners_of(aws, green)
    assert (listener.port, listener.weights) == (80, {blue: 100, green: 0})
