"""The addresses of an environment on the loopback network, as variables of the root module.

Linux answers on all of 127.0.0.0/8, so every subnet's addresses can really be listened on.
"""

from __future__ import annotations

LISTENER_PORT = 8080
"""Port of each load balancer: a person who is not root cannot listen below 1024."""

MACHINE_IMAGE = "ami-00000000000000001"


def terraform_variables(octet: int) -> dict[str, object]:
    """The variables that differ from those of a real account, for the network 127.`octet`.0.0/16.

    Health checks are as quick as AWS allows and targets leave at once, because nothing is far away; errors
    are not repeated 25 times, because what the local AWS lacks it lacks for ever.
    """
    network = f"127.{octet}"
    return {
        "vpc_cidr": f"{network}.0.0/16",
        "public_subnet_cidrs": [f"{network}.0.0/24", f"{network}.1.0/24"],
        "private_subnet_cidrs": [f"{network}.10.0/24", f"{network}.11.0/24"],
        "database_subnet_cidrs": [f"{network}.20.0/24", f"{network}.21.0/24"],
        "database_private_ips": {"ledger": f"{network}.20.10", "search": f"{network}.21.10"},
        "green_database_private_ips": {"ledger": f"{network}.20.11", "search": f"{network}.21.11"},
        "database_client_cidrs": ["127.0.0.0/8"],
        "database_ami_ids": {"ledger": MACHINE_IMAGE, "search": MACHINE_IMAGE},
        "certificate_arn": None,
        "api_domain_name": None,
        "listener_port": LISTENER_PORT,
        "health_check": {"interval": 5, "timeout": 2, "healthy_threshold": 2, "unhealthy_threshold": 2},
        "deregistration_delay_seconds": 1,
        "allowed_account_ids": [],
        "database_termination_protection": False,
        "alarm_email_addresses": [],
        "aws_max_retries": 2,
    }
