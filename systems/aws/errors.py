"""The one place where botocore's errors become ours: a sentence and the next step.

Errors that mean something to a single call (a missing image, a taken key) are handled beside that call;
what is left of them passes through `aws_errors` before anybody else sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as AwsConnectionError,
)
from botocore.parsers import ResponseParserError

from models.errors import DeployError, ServiceUnavailable, SetUpError
from systems.redaction import scrub

_NO_CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    ProfileNotFound,
    TokenRetrievalError,
)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN_CREDENTIALS = {
    "AuthFailure",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_DENIED = {"403", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_BUSY = {
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "RequestLimitExceeded",
    "ServerException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_DENIED_ACTION = re.compile(r"perform: ([\w-]+:\w+)")


def error_code(error: ClientError) -> str:
    """AWS's own code of an error, for example NoSuchKey; empty where AWS gave none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_denied(error: ClientError) -> bool:
    """Whether AWS refused it for want of a permission."""
    return error_code(error) in _DENIED


@contextmanager
def aws_errors() -> Iterator[None]:
    """Within, botocore's errors leave as SetUpError or ServiceUnavailable.

    Usable as a decorator too. Raises SetUpError for credentials, permissions, the region and whatever AWS
    does not accept; ServiceUnavailable where trying again may help.
    """
    try:
        yield
    except ClientError as error:
        raise _from_answer(error) from error
    except ResponseParserError as error:
        raise ServiceUnavailable(
            "AWS answered what cannot be read.", next_step="Try again in a minute."
        ) from error
    except BotoCoreError as error:
        raise _without_answer(error) from error


def _from_answer(error: ClientError) -> DeployError:
    code = error_code(error)
    operation = error.operation_name
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    message = scrub(str(error.response.get("Error", {}).get("Message", "")))
    if code in _EXPIRED:
        return SetUpError(
            f"The AWS credentials have expired (at {operation}).",
            next_step="Sign in again or renew them, then run this once more.",
        )
    if code in _UNKNOWN_CREDENTIALS:
        return SetUpError(
            f"AWS does not know these credentials ({code} at {operation}).",
            next_step="Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_PROFILE.",
        )
    if is_denied(error):
        named = _DENIED_ACTION.search(message)
        action = named.group(1) if named else operation
        return SetUpError(
            f"AWS denies {action} to these credentials.",
            next_step=f"Allow {action} in the deploying role's policy.",
        )
    if code in _BUSY or status >= 500:
        return ServiceUnavailable(
            f"AWS could not serve {operation} now ({code or status}).", next_step="Try again in a minute."
        )
    return SetUpError(
        f"AWS did not accept {operation}: {code}: {message}",
        next_step="Compare the environment's settings with what is in the AWS account.",
    )


def _without_answer(error: BotoCoreError) -> DeployError:
    if isinstance(error, _NO_CREDENTIALS):
        return SetUpError(
            "There are no usable AWS credentials.",
            next_step="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give it a role.",
        )
    if isinstance(error, NoRegionError):
        return SetUpError("No AWS region is set.", next_step="Set aws.region in the environment's TOML file.")
    if isinstance(error, (AwsConnectionError, HTTPClientError)):
        return ServiceUnavailable(
            f"AWS did not answer: {scrub(str(error))}",
            next_step="Check the network and AWS_ENDPOINT_URL, then try again.",
        )
    return SetUpError(
        f"The call to AWS could not be made: {scrub(str(error))}",
        next_step="Compare the environment's settings with what AWS expects.",
    )
