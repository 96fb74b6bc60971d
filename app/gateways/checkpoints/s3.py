"""Checkpoints in an S3 bucket with object lock, through boto3.

The bucket must have been made with object lock, which brings versions: a later version or a delete
marker under a checkpoint's name hides nothing, because the oldest version is what counts. In mode
COMPLIANCE nobody, the account's root included, removes a version before its time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.foundation.audit.ports import CheckpointExistsError, CheckpointStoreError

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 10, 2
_STANDS_ALREADY = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


class S3Checkpoints:
    """Answers for CheckpointStore with a bucket of its own, best in another account.

    The sealer's role needs s3:PutObject, s3:PutObjectRetention, s3:GetObjectVersion and
    s3:ListBucketVersions, and nothing that deletes.
    """

    def __init__(self, bucket: str, *, prefix: str = "", endpoint: str | None = None) -> None:
        self._bucket, self._prefix = bucket, prefix
        waiting = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        )
        self._client: Any = boto3.client("s3", endpoint_url=endpoint, config=waiting)

    def put(self, name: str, content: bytes, *, keep_until: datetime) -> None:
        """Keep a checkpoint, locked until an instant; only where none stands."""
        with _our_errors(name):
            self._client.put_object(
                Bucket=self._bucket, Key=self._prefix + name, Body=content, IfNoneMatch="*",
                ContentType="application/json", ChecksumAlgorithm="SHA256",
                ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=keep_until,
            )  # fmt: skip

    def get(self, name: str) -> bytes | None:
        """Return the oldest version under a name."""
        key = self._prefix + name
        with _our_errors(name):
            versions = [v for v in self._list_versions(key) if v["Key"] == key]
            if not versions:
                return None
            oldest = min(versions, key=lambda version: version["LastModified"])
            last_listed = versions[-1]  # the service lists the newest first
            if oldest["LastModified"] == last_listed["LastModified"]:
                oldest = last_listed
            answer = self._client.get_object(
                Bucket=self._bucket, Key=key, VersionId=oldest["VersionId"]
            )
            content: bytes = answer["Body"].read()
            return content

    def list_names(self) -> list[str]:
        """Return all names in order, those behind a delete marker too."""
        with _our_errors(""):
            keys = {version["Key"] for version in self._list_versions(self._prefix)}
        return sorted(key.removeprefix(self._prefix) for key in keys)

    def _list_versions(self, prefix: str) -> Iterator[Any]:
        pages = self._client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            yield from page.get("Versions", ())


@contextmanager
def _our_errors(name: str) -> Iterator[None]:
    """Turn the vendor's errors into the port's."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in _STANDS_ALREADY:
            raise CheckpointExistsError(name) from None
        raise CheckpointStoreError(error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise CheckpointStoreError(type(error).__name__) from error
