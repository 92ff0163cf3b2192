"""The deployment page in S3: beside the log that it tells of, as private as that."""

from __future__ import annotations

from models.errors import Refused
from systems.aws.errors import aws_errors
from systems.aws.session import Aws

KEY = "report/index.html"


@aws_errors()
def publish_page(aws: Aws, bucket: str, html: str) -> str:
    """Write the page over the one before, and give its address in S3.

    The bucket decides who may read it; nothing about the object is public. Raises Refused without a bucket.
    """
    try:
        aws.s3.put_object(
            Bucket=bucket,
            Key=KEY,
            Body=html.encode(),
            ContentType="text/html; charset=utf-8",
            CacheControl="private, no-cache",
            ChecksumAlgorithm="SHA256",
        )
    except aws.s3.exceptions.NoSuchBucket as error:
        raise Refused(
            f"There is no bucket {bucket} to publish the deployment page in.",
            next_step="Run the initial-deployment scenario, or correct aws.releases_bucket in the TOML file.",
        ) from error
    return f"s3://{bucket}/{KEY}"
