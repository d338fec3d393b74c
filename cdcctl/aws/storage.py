"""S3 objects, and the databases of the Glue Data Catalog that tables live in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import ConflictError, NotFoundError, RemoteError


@dataclass(frozen=True)
class Document:
    """A small object with its content.

    :ivar etag: of this content; to be named when it is replaced on condition that nobody has done so meanwhile.
    :ivar modified: when it was written, and ``now``, both by S3's own clock.
    """

    content: bytes
    etag: str
    modified: datetime
    now: datetime


@dataclass(frozen=True)
class Newest:
    """The object that was written last; "" and None where there is none.

    :ivar complete: whether all objects were looked at.
    """

    key: str
    modified: datetime | None
    complete: bool


# DeleteObjects takes no more.
_AT_ONCE = 1000


class Storage:
    """The operations cdcctl uses; clients are boto3's ``s3`` and ``glue``."""

    def __init__(self, s3: Any, glue: Any, region: str) -> None:
        self._s3 = s3
        self._glue = glue
        self._region = region

    def has_bucket(self, bucket: str) -> bool:
        """Whether the bucket exists and is ours to use."""
        try:
            with translated(f"bucket {bucket}"):
                self._s3.head_bucket(Bucket=bucket)
        except NotFoundError:
            return False
        return True

    def bucket_region(self, bucket: str) -> str | None:
        """The region that a bucket is in, or None when there is no such bucket."""
        try:
            with translated(f"bucket {bucket}"):
                found = self._s3.head_bucket(Bucket=bucket)
        except NotFoundError:
            return None
        return str(found.get("BucketRegion") or self._region)

    def size(self, bucket: str, key: str) -> int | None:
        """Size of an object in bytes, or None when there is no such object."""
        try:
            with translated(f"s3://{bucket}/{key}"):
                return int(self._s3.head_object(Bucket=bucket, Key=key)["ContentLength"])
        except NotFoundError:
            return None

    def upload(self, path: Path, bucket: str, key: str) -> None:
        """Upload a file (in parts where it is large); the object appears whole or not at all."""
        with translated(f"s3://{bucket}/{key}"):
            self._s3.upload_file(str(path), bucket, key)

    def read(self, bucket: str, key: str) -> Document | None:
        """A small object, or None when there is no such object."""
        try:
            with translated(f"s3://{bucket}/{key}"):
                found = self._s3.get_object(Bucket=bucket, Key=key)
                content = found["Body"].read()
        except NotFoundError:
            return None
        now = parsedate_to_datetime(found["ResponseMetadata"]["HTTPHeaders"]["date"])
        return Document(content, found["ETag"], found["LastModified"], now)

    def write(self, bucket: str, key: str, content: bytes) -> str:
        """Write a small object; returns its ETag."""
        with translated(f"s3://{bucket}/{key}"):
            return str(self._s3.put_object(Bucket=bucket, Key=key, Body=content)["ETag"])

    def write_new(self, bucket: str, key: str, content: bytes) -> str:
        """Write a small object that does not exist yet; returns its ETag.

        :raises ConflictError: it exists (a conditional write with If-None-Match).
        """
        with translated(f"s3://{bucket}/{key}"):
            return str(self._s3.put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")["ETag"])

    def write_over(self, bucket: str, key: str, content: bytes, etag: str) -> str:
        """Replace a small object whose content is still that of ``etag``; returns the new ETag.

        :raises ConflictError: it is not.
        :raises NotFoundError: it is gone.
        """
        with translated(f"s3://{bucket}/{key}"):
            return str(self._s3.put_object(Bucket=bucket, Key=key, Body=content, IfMatch=etag)["ETag"])

    def delete(self, bucket: str, key: str, etag: str | None = None) -> None:
        """Delete an object, if it is there; with ``etag`` only while its content is still that.

        :raises ConflictError: it is another one.
        """
        condition = {"IfMatch": etag} if etag else {}
        try:
            with translated(f"s3://{bucket}/{key}"):
                self._s3.delete_object(Bucket=bucket, Key=key, **condition)
        except NotFoundError:
            return

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """The keys that start with ``prefix``, in their order."""
        with translated(f"s3://{bucket}/{prefix}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return sorted(item["Key"] for page in pages for item in page.get("Contents", ()))

    def newest(self, bucket: str, prefix: str, most: int) -> Newest:
        """The object below ``prefix`` that was written last, of no more than about ``most`` objects."""
        count, found = 0, Newest("", None, complete=True)
        with translated(f"s3://{bucket}/{prefix}"):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    count += 1
                    if found.modified is None or item["LastModified"] > found.modified:
                        found = Newest(item["Key"], item["LastModified"], complete=True)
                if count >= most and page.get("IsTruncated"):
                    return replace(found, complete=False)
        return found

    def delete_all(self, bucket: str, keys: Sequence[str]) -> None:
        """Delete objects; those that are not there are none to delete.

        :raises RemoteError: one of them could not be deleted.
        """
        for at in range(0, len(keys), _AT_ONCE):
            batch = [{"Key": key} for key in keys[at : at + _AT_ONCE]]
            with translated(f"objects of bucket {bucket}"):
                done = self._s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
            if errors := done.get("Errors"):
                raise RemoteError(
                    f"s3://{bucket}/{errors[0]['Key']} was not deleted: {errors[0].get('Message', 'no reason given')}",
                    hint="run the command again; it continues where it stopped",
                )

    def has_database(self, name: str) -> bool:
        """Whether the Glue Data Catalog has the database."""
        try:
            with translated(f"Glue database {name}"):
                self._glue.get_database(Name=name)
        except NotFoundError:
            return False
        return True

    def create_database(self, name: str, marks: Mapping[str, str] | None = None) -> None:
        """Create a database in the Glue Data Catalog with parameters ``marks``; one that exists is left as it is."""
        parameters = {"Parameters": dict(marks)} if marks else {}
        try:
            with translated(f"Glue database {name}"):
                self._glue.create_database(DatabaseInput={"Name": name, **parameters})
        except ConflictError:
            return
