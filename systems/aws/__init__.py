"""Typed access to AWS through boto3: one file per concern, values of `models` in and out, no Prefect."""
