"""CheckpointStore: a folder and a bucket with object lock keep the same promises (moto's S3)."""

import secrets
import threading
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from app.foundation.audit.ports import CheckpointExistsError, CheckpointStoreError
from app.gateways.checkpoints.files import FolderCheckpoints, NoCheckpoints
from app.gateways.checkpoints.s3 import S3Checkpoints

NAME, CONTENT = "000000000001.json", b'{"body": "1"}'
UNTIL = datetime.now(UTC) + timedelta(days=7 * 365)


@pytest.fixture
def bucket(aws, credentials):
    name = f"galleria-{secrets.token_hex(4)}"
    client = boto3.client("s3", endpoint_url=aws)
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture(params=["real", "local"])
def store(request, tmp_path):
    if request.param == "local":
        return FolderCheckpoints(tmp_path / "checkpoints")
    bucket = request.getfixturevalue("bucket")
    return S3Checkpoints(bucket, prefix="log/", endpoint=request.getfixturevalue("aws"))


def test_what_was_put_is_got_and_listed_in_order(store):
    assert store.list_names() == []
    assert store.get(NAME) is None
    for number in (2, 1, 3):
        store.put(f"{number:012d}.json", b"%d" % number, keep_until=UNTIL)
    assert store.list_names() == [f"{number:012d}.json" for number in (1, 2, 3)]
    assert [store.get(name) for name in store.list_names()] == [b"1", b"2", b"3"]
    assert store.get(NAME.removesuffix("json")) is None


def test_nothing_is_written_over(store):
    store.put(NAME, CONTENT, keep_until=UNTIL)
    for again in (b"forged", CONTENT):
        with pytest.raises(CheckpointExistsError):
            store.put(NAME, again, keep_until=UNTIL)
    assert store.get(NAME) == CONTENT
    assert store.list_names() == [NAME]


def test_of_two_writers_at_once_one_wins(tmp_path):
    store, won, lost = FolderCheckpoints(tmp_path), [], []

    def write(number):
        try:
            store.put(NAME, b"%d" % number * 100_000, keep_until=UNTIL)
            won.append(number)
        except CheckpointExistsError:
            lost.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 9)
    assert store.get(NAME) == b"%d" % won[0] * 100_000
    assert [path.name for path in tmp_path.iterdir()] == [NAME], "no part is left"


def test_a_name_never_leads_out_of_the_folder(tmp_path):
    store = FolderCheckpoints(tmp_path / "checkpoints")
    for name in ("../x", "a/b", "/etc/x", "", ".hidden"):
        with pytest.raises(ValueError):
            store.put(name, b"", keep_until=UNTIL)


def test_a_file_is_read_only(tmp_path):
    FolderCheckpoints(tmp_path).put(NAME, CONTENT, keep_until=UNTIL)
    assert (tmp_path / NAME).stat().st_mode & 0o222 == 0


def test_the_bucket_locks_each_version_until_its_time(aws, bucket):
    S3Checkpoints(bucket, endpoint=aws).put(NAME, CONTENT, keep_until=UNTIL)
    client = boto3.client("s3", endpoint_url=aws)
    head = client.head_object(Bucket=bucket, Key=NAME)
    assert head["ObjectLockMode"] == "COMPLIANCE"
    assert abs(head["ObjectLockRetainUntilDate"] - UNTIL) < timedelta(seconds=2)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(Bucket=bucket, Key=NAME, VersionId=head["VersionId"])


def test_a_later_version_and_a_delete_marker_hide_nothing(aws, bucket):
    """Whoever holds the bucket's keys may put over it and mark it deleted; the first version stays."""
    store = S3Checkpoints(bucket, endpoint=aws)
    store.put(NAME, CONTENT, keep_until=UNTIL)
    client = boto3.client("s3", endpoint_url=aws)
    for _ in range(3):
        client.put_object(Bucket=bucket, Key=NAME, Body=b"forged")
    assert client.get_object(Bucket=bucket, Key=NAME)["Body"].read() == b"forged"
    assert store.get(NAME) == CONTENT
    client.delete_object(Bucket=bucket, Key=NAME)
    assert store.get(NAME) == CONTENT
    assert store.list_names() == [NAME]


def test_a_bucket_without_lock_is_refused(aws, credentials):
    name = f"galleria-{secrets.token_hex(4)}"
    boto3.client("s3", endpoint_url=aws).create_bucket(Bucket=name)
    with pytest.raises(CheckpointStoreError):
        S3Checkpoints(name, endpoint=aws).put(NAME, CONTENT, keep_until=UNTIL)


def test_a_place_that_is_down_is_our_error(credentials, tmp_path):
    down = S3Checkpoints("any", endpoint="http://127.0.0.1:9")
    with pytest.raises(CheckpointStoreError):
        down.put(NAME, CONTENT, keep_until=UNTIL)
    with pytest.raises(CheckpointStoreError):
        down.list_names()
    with pytest.raises(CheckpointStoreError):
        NoCheckpoints().put(NAME, CONTENT, keep_until=UNTIL)
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointStoreError):
        FolderCheckpoints(tmp_path / "file" / "below").put(NAME, CONTENT, keep_until=UNTIL)
