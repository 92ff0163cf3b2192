"""Tests of the ECS that lives, through boto3 and HTTP, with real processes."""
