"""Which one-time codes were used, and for what: each is good for one question, whoever asks at once.

An object in S3 for each, created only. It names the question, never the code.
"""

from __future__ import annotations

import hashlib
import json

from systems.aws.creating import create_object
from systems.aws.errors import aws_errors
from systems.aws.session import Aws


@aws_errors()
def use_code(aws: Aws, bucket: str, *, environment: str, owner: str, counter: int, question: str) -> str:
    """The question that the code of this counter serves: this one, unless it was used for another before.

    A run that was killed after the use goes on so. `owner` is where the code's secret is.
    """
    key = f"codes/{environment}/{hashlib.sha256(owner.encode()).hexdigest()[:16]}/{counter}.json"
    if create_object(aws, bucket, key, json.dumps({"question": question}).encode()):
        return question
    body = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    return str(json.loads(body)["question"])
