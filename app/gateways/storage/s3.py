"""Files in an S3 bucket, through boto3."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 10, 2


class S3Storage:
    """Answers for FileStorage with a bucket; credentials come from the machine's own role.

    The role needs s3:ListBucket besides reading and writing: without it S3 answers 403, not 404,
    for a file that is not there.
    """

    def __init__(self, bucket: str, *, endpoint: str | None = None) -> None:
        self._bucket = bucket
        waiting = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        )
        self._client: Any = boto3.client("s3", endpoint_url=endpoint, config=waiting)

    def put(self, name: str, content: bytes, content_type: str) -> None:
        """Keep a file."""
        self._client.put_object(
            Bucket=self._bucket, Key=name, Body=content, ContentType=content_type,
            CacheControl="public, max-age=31536000, immutable",
        )  # fmt: skip

    def get(self, name: str) -> bytes | None:
        """Return a file's content."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=name)
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return None
            raise
        content: bytes = answer["Body"].read()
        return content

    def remove(self, name: str) -> None:
        """Remove a file; the role needs s3:DeleteObject."""
        self._client.delete_object(Bucket=self._bucket, Key=name)
