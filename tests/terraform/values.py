"""Values for the root's variables: a release that is good, and for every variable a value that is bad."""

from __future__ import annotations

BAD: dict[str, object] = {
    "environment": "Production!",
    "commit": "main",
    "image_digest": "latest",
    "desired_count": -1,
    "region": "Africa",
    "allowed_account_ids": ["1234"],
    "aws_max_retries": -1,
    "vpc_cidr": "10.0.0.0/8",
    "public_subnet_cidrs": ["10.0.0.0/24"],
    "private_subnet_cidrs": ["10.0.0.0/24", "here"],
    "database_subnet_cidrs": [],
    "interface_endpoints": ["https://ssm"],
    "flow_log_traffic_type": "NONE",
    "database_ami_ids": {"ledger": "newest", "search": "newest"},
    "database_volume_sizes": {"ledger": 1, "search": 20},
    "database_client_cidrs": ["0.0.0.0/0"],
    "neo4j_artifacts_uri": "s3://credex-artifacts/",
    "neo4j_settings": {"db.tx_log.rotation.retention_policy": "keep'\nSETTINGS"},
    "task_cpu": 100,
    "node_env": "live",
    "secret_keys": ["jwt-secret"],
    "container_port": 80,
    "health_check_path": "health?",
    "health_check": {"interval": 5, "timeout": 5, "healthy_threshold": 1, "unhealthy_threshold": 2},
    "health_check_grace_period_seconds": 3600,
    "deregistration_delay_seconds": -1,
    "traffic_weights": {"blue": 0, "green": 0},
    "certificate_arn": "certificate",
    "api_domain_name": "https://api.example.org",
    "listener_port": 0,
    "live_slot": "red",
    "load_balancer_allowed_cidrs": [],
    "worker_public_cidrs": ["0.0.0.0/0"],
    "state_bucket_name": "Bucket",
    "releases_bucket_name": "-",
    "backups_bucket_name": "a_b",
    "logs_bucket_name": "x",
    "kms_key_alias": "alias/aws/s3",
    "ecr_repository_name": "Credex",
    "log_retention_in_days": 42,
    "noncurrent_version_expiration_in_days": 1,
    "backup_retention_in_days": 1,
    "alarm_email_addresses": ["on call"],
}


BAD_BESIDE_GOOD: dict[str, object] = {
    "databases": {"ledger": {"neo4j_version": "latest", "instance_type": "t3.medium"}},
    "availability_zones": ["af-south-1a", "eu-west-1b"],
    "database_private_ips": {"ledger": "10.30.64.10", "search": "10.30.64.11"},
    "database_password_keys": {"ledger": "JWT", "search": "NEO_4J_SEARCH_SPACE_PASS"},
    "task_memory": 64,
    "configuration_versions": {"SOMETHING_ELSE": 1},
    "database_url_keys": ["SOMETHING_ELSE"],
    "https_port": 80,
}
"""Rules that look at another variable are asked only when that one is good."""

BAD_BESIDE_THOSE: dict[str, object] = {
    "green_database_private_ips": {"ledger": "10.30.64.10", "search": "10.30.65.11"},
    "test_listener_port": 80,
}
"""Rules that look at variables which have such a rule themselves."""

A_DATABASE = {"neo4j_version": "5.26.30", "instance_type": "t3.medium"}

BAD_LAST: dict[str, object] = {
    "standby": {
        "commit": "b" * 40,
        "image_digest": "latest",
        "desired_count": 1,
        "databases": {"ledger": A_DATABASE, "search": A_DATABASE},
    }
}
"""What looks at those in turn."""


def release(environment: str, *, desired_count: int, digest: str = "b" * 64) -> dict[str, object]:
    """The five variables that a release sets; `digest` is the image's, without `sha256:`."""
    return {
        "environment": environment,
        "commit": "a" * 40,
        "image_digest": f"sha256:{digest}",
        "desired_count": desired_count,
        "databases": {"ledger": A_DATABASE, "search": A_DATABASE},
    }
