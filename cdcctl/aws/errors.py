"""The one place where botocore's exceptions become ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import ConnectionError as NotConnectedError

from cdcctl.errors import ConflictError, InputError, NotFoundError, RemoteError, UnavailableError, UsageError

_NOT_FOUND = frozenset(
    {
        "NotFoundException",
        "EntityNotFoundException",
        "ResourceNotFoundException",
        "ChangeSetNotFoundException",
        "NoSuchEntity",
        "InvalidSubnetID.NotFound",
        "ParameterNotFound",
        "NoSuchKey",
        "NoSuchBucket",
        "404",
    }
)
_CONFLICT = frozenset(
    {
        "ConflictException",
        # Another change of the same schema of the Glue registry is under way.
        "ConcurrentModificationException",
        "AlreadyExistsException",
        "ResourceAlreadyExistsException",
        # A condition of a conditional write to S3 does not hold, or another such write came first.
        "PreconditionFailed",
        "ConditionalRequestConflict",
        "409",
        "412",
    }
)
_BAD_INPUT = frozenset(
    {
        "BadRequestException",
        "InvalidInputException",
        "ValidationException",
        "ValidationError",
        "InvalidParameterException",
    }
)
# What botocore has already tried again several times.
_LATER = frozenset(
    {
        "InternalServerErrorException",
        "InternalServiceException",
        "InternalError",
        "RequestLimitExceeded",
        "ServiceUnavailableException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "500",
        "503",
    }
)
_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ForbiddenException",
        "UnauthorizedException",
        "403",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
    }
)


@contextlib.contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn botocore errors raised inside into ours; ``what`` names the resource, e.g. ``connector movies-source``.

    :raises RemoteError: or one of its kinds; InputError for requests the service calls invalid;
        UsageError when no credentials, region or profile are configured.
    """
    try:
        yield
    except ClientError as error:
        raise from_client_error(what, error) from error
    except (NoCredentialsError, PartialCredentialsError, NoRegionError, ProfileNotFound) as error:
        raise UsageError(
            f"{what}: {error}", hint="pass --profile and --region, set the usual AWS variables, or use --local"
        ) from error
    except (TokenRetrievalError, UnauthorizedSSOTokenError) as error:
        raise RemoteError(f"{what}: {error}", hint="log in again (aws sso login)") from error
    except (NotConnectedError, HTTPClientError) as error:
        raise UnavailableError(f"{what}: {error}", hint="is the network up? is the local stack running?") from error
    except BotoCoreError as error:
        raise RemoteError(f"{what}: {error}", hint="run the command again; it continues where it stopped") from error


def from_client_error(what: str, error: ClientError) -> RemoteError | InputError:
    """Our error for one of the service's, with operation, resource, code and the service's own words."""
    code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    text = str(error.response.get("Error", {}).get("Message", "")) or "no message"
    message = f"{error.operation_name} of {what} failed: {code}: {text}"
    if code in _NOT_FOUND:
        return NotFoundError(message, hint="check the name, the account and the region")
    if code in _CONFLICT:
        return ConflictError(message, hint="wait until the name is free or the other operation has ended, then repeat")
    if code in _BAD_INPUT:
        return InputError(message, hint="correct what the message names in the pipeline file")
    if code in _LATER:
        return UnavailableError(message, hint="run the command again in a minute; it continues where it stopped")
    if code in _DENIED:
        return RemoteError(
            message, hint="check the credentials in use and their permissions (aws sts get-caller-identity)"
        )
    return RemoteError(message, hint="run the command again; it continues where it stopped")


def retry_reason(response: tuple[Any, Mapping[str, Any]] | None) -> str | None:
    """Why botocore may send a request again, from what its event ``needs-retry`` carries; None when it will not."""
    if response is None:
        return "no answer"
    code = str(response[1].get("Error", {}).get("Code", ""))
    if code in _LATER:
        return f"AWS says {code}"
    return None
