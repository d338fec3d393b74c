"""S3 objects, and the databases of the Glue Data Catalog that tables live in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cdcctl.aws.errors import translated
from cdcctl.errors import ConflictError, NotFoundError


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

    def has_database(self, name: str) -> bool:
        """Whether the Glue Data Catalog has the database."""
        try:
            with translated(f"Glue database {name}"):
                self._glue.get_database(Name=name)
        except NotFoundError:
            return False
        return True

    def create_database(self, name: str) -> None:
        """Create a database in the Glue Data Catalog; one that exists is left as it is."""
        try:
            with translated(f"Glue database {name}"):
                self._glue.create_database(DatabaseInput={"Name": name})
        except ConflictError:
            return
