"""The one account of the local AWS, for those who only call it and need not load moto."""

from __future__ import annotations

from typing import Final

ACCOUNT = "123456789012"
REGION: Final = "af-south-1"
PARTITION = "aws"

ACCESS_KEY = "sandbox"
"""The access key id of the sandbox's own user; the secret belonging to it may be anything."""
