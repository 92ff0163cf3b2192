"""The one account of the local AWS, for those who only call it and need not load moto."""

from __future__ import annotations

ACCOUNT = "123456789012"
REGION = "af-south-1"
PARTITION = "aws"

ACCESS_KEY = "sandbox"
"""The access key id of the sandbox's own user; the secret belonging to it may be anything."""
