"""FileStorage: a folder and a bucket keep the same promises; boto3 unmodified against moto's S3."""

import secrets
import threading

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from app.domains.media.ports import FileStorage
from app.gateways.storage.files import FolderStorage
from app.gateways.storage.s3 import S3Storage

PORT, REAL, LOCAL = FileStorage, S3Storage, FolderStorage
NAME = f"{'0a' * 16}-640.webp"
WEBP = b"RIFF\x00\x01\r\n\xffWEBP"


@pytest.fixture
def bucket(aws, credentials):
    name = f"galleria-{secrets.token_hex(4)}"
    boto3.client("s3", endpoint_url=aws).create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["real", "local"])
def storage(request, tmp_path):
    if request.param == "local":
        return FolderStorage(tmp_path / "files")
    return S3Storage(request.getfixturevalue("bucket"), endpoint=request.getfixturevalue("aws"))


def test_what_was_put_is_got_byte_for_byte(storage):
    for content in (WEBP, b"", secrets.token_bytes(3_000_000)):
        name = f"{secrets.token_hex(16)}-320.webp"
        storage.put(name, content, "image/webp")
        assert storage.get(name) == content


def test_what_was_removed_is_not_there_and_may_be_removed_again(storage):
    storage.put(NAME, WEBP, "image/webp")
    for _ in range(2):
        storage.remove(NAME)
        assert storage.get(NAME) is None
    storage.put(NAME, WEBP, "image/webp")
    assert storage.get(NAME) == WEBP


def test_what_is_not_there_is_none(storage):
    assert storage.get(NAME) is None
    storage.put(NAME, WEBP, "image/webp")
    assert storage.get(NAME + "x") is None
    assert storage.get(NAME[:-1]) is None


def test_putting_again_changes_nothing(storage):
    """A job that is killed and done again puts the same file again."""
    storage.put(NAME, WEBP, "image/webp")
    storage.put(NAME, WEBP, "image/webp")
    assert storage.get(NAME) == WEBP


def test_names_may_have_folders(storage):
    storage.put(f"a/b/{NAME}", WEBP, "image/webp")
    assert storage.get(f"a/b/{NAME}") == WEBP
    assert storage.get(NAME) is None


def test_many_at_once_never_show_half_a_file(tmp_path):
    """Readers see nothing or the whole of it, while ten writers put the same name; S3 promises it."""
    storage = FolderStorage(tmp_path)
    content, seen, stopped = secrets.token_bytes(500_000), set(), threading.Event()

    def read():
        while not stopped.is_set():
            found = storage.get(NAME)
            seen.add(None if found is None else found == content)

    reader = threading.Thread(target=read)
    reader.start()
    faults = []

    def write():
        try:
            storage.put(NAME, content, "image/webp")
        except Exception as error:
            faults.append(error)

    writers = [threading.Thread(target=write) for _ in range(10)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stopped.set()
    reader.join()
    assert faults == []
    assert seen <= {None, True}
    assert storage.get(NAME) == content
    assert [path.name for path in tmp_path.iterdir()] == [NAME], "no part is left"


def test_a_name_never_leads_out_of_the_folder(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    storage = FolderStorage(tmp_path / "files")
    for name in ("../secret", str(tmp_path / "secret"), "a/../../secret"):
        with pytest.raises(ValueError, match="secret"):
            storage.get(name)
        with pytest.raises(ValueError, match="secret"):
            storage.put(name, b"", "text/plain")


def test_a_browser_may_keep_the_files_for_ever(aws, bucket):
    S3Storage(bucket, endpoint=aws).put(NAME, WEBP, "image/webp")
    told = boto3.client("s3", endpoint_url=aws).head_object(Bucket=bucket, Key=NAME)
    assert told["ContentType"] == "image/webp"
    assert "immutable" in told["CacheControl"]


def test_a_wrong_bucket_is_an_error_not_an_absent_file(aws, credentials):
    storage = S3Storage("galleria-nowhere", endpoint=aws)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        storage.get(NAME)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        storage.put(NAME, WEBP, "image/webp")


def test_a_bucket_that_is_down_is_an_error_soon(credentials):
    with pytest.raises(BotoCoreError):
        S3Storage("any", endpoint="http://127.0.0.1:9").get(NAME)
