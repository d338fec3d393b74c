"""The emulator's copies of plugin ZIPs: taken from S3 once, at creation, as MSK Connect does.

What was unpacked once is kept in the user's cache under its hash: the next plugin, or the next stack, with the same
bytes costs nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import threading
import time
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cdcctl.plugins.cache import put_folder, workspace
from cdcctl.render.worker import SECRETS_PROVIDER_CLASS

_RECORD = "record.json"
_UNUSED_SECONDS = 30 * 24 * 3600
# What java.util.ServiceLoader reads.
_MANIFESTS = "META-INF/services/org.apache.kafka."


class UnusablePluginError(Exception):
    """The object is not there, or not a ZIP or JAR."""


@dataclass(frozen=True)
class UnpackedPlugin:
    """A plugin as a worker takes it.

    :ivar path: what becomes ``plugin.path``: the parent of the plugin's folder.
    :ivar services: the classes that the plugin's service manifests name.
    :ivar resolves_secrets: it holds AWS's config provider for Secrets Manager.
    """

    path: Path
    md5: str
    size: int
    services: tuple[str, ...]
    resolves_secrets: bool


class PluginStore:
    """Unpacked plugins below ``folder``; ``s3`` is a boto3 client."""

    def __init__(self, folder: Path, s3: Any) -> None:
        self._folder = folder
        self._s3 = s3
        # Two plugins of the same bytes are unpacked once; two different ones one after the other, both at full speed.
        self._lock = threading.Lock()

    def add(self, location: Mapping[str, str], content_type: str) -> UnpackedPlugin:
        """Copy and unpack what an ``s3Location`` names.

        :raises UnusablePluginError: with the reason.
        """
        bucket, key = location["bucketArn"].rpartition(":")[2], location["fileKey"]
        version = {"VersionId": location["objectVersion"]} if "objectVersion" in location else {}
        try:
            found = self._s3.head_object(Bucket=bucket, Key=key, **version)
            name = f"{found['ETag'].strip(chr(34))}-{found['ContentLength']}-{content_type.lower()}"
            with self._lock:
                return self._known(name) or self._unpack(bucket, key, version, content_type, name)
        except ClientError as error:
            reason = error.response["Error"].get("Message", "")
            raise UnusablePluginError(f"s3://{bucket}/{key} cannot be read: {reason}") from error
        except BotoCoreError as error:
            raise UnusablePluginError(f"s3://{bucket}/{key} cannot be read: {error}") from error
        except zipfile.BadZipFile:
            raise UnusablePluginError(f"s3://{bucket}/{key} is not a {content_type} file.") from None

    def _known(self, name: str) -> UnpackedPlugin | None:
        folder = self._folder / name
        try:
            record = json.loads((folder / _RECORD).read_text())
        except (OSError, ValueError):
            return None
        with contextlib.suppress(OSError):
            (folder / _RECORD).touch()
        return UnpackedPlugin(**{**record, "path": folder / "path", "services": tuple(record["services"])})

    def _unpack(
        self, bucket: str, key: str, version: Mapping[str, str], content_type: str, name: str
    ) -> UnpackedPlugin:
        with workspace(self._folder) as work:
            file = work / "content"
            md5, size = self._copy(bucket, key, version, file)
            if not zipfile.is_zipfile(file):
                raise zipfile.BadZipFile
            target = work / "made" / "path" / "plugin"
            target.mkdir(parents=True)
            if content_type == "JAR":
                file.rename(target / "plugin.jar")
            else:
                with zipfile.ZipFile(file) as archive:
                    # zipfile drops absolute and upward paths.
                    archive.extractall(target)
            services, resolves = _contents(target)
            unpacked = UnpackedPlugin(self._folder / name / "path", md5, size, services, resolves)
            record = {**asdict(unpacked), "path": str(unpacked.path)}
            (work / "made" / _RECORD).write_text(json.dumps(record))
            put_folder(work / "made", self._folder / name)
        self._remove_unused()
        return unpacked

    def _copy(self, bucket: str, key: str, version: Mapping[str, str], file: Path) -> tuple[str, int]:
        """MD5 (hex) and size of what was copied."""
        digest = hashlib.md5(usedforsecurity=False)
        size = 0
        # One streaming GET: ranged ones make moto read the whole object for each range.
        body = self._s3.get_object(Bucket=bucket, Key=key, **version)["Body"]
        with file.open("wb") as sink:
            for chunk in body.iter_chunks(1 << 20):
                digest.update(chunk)
                size += len(chunk)
                sink.write(chunk)
        return digest.hexdigest(), size

    def _remove_unused(self) -> None:
        for record in self._folder.glob(f"*/{_RECORD}"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - record.stat().st_mtime > _UNUSED_SECONDS:
                    shutil.rmtree(record.parent, ignore_errors=True)


def _contents(folder: Path) -> tuple[tuple[str, ...], bool]:
    """The classes in the service manifests of all jars, and whether one jar has AWS's provider for secrets."""
    provider = SECRETS_PROVIDER_CLASS.replace(".", "/") + ".class"
    services: set[str] = set()
    resolves = False
    for jar in sorted(folder.rglob("*.jar")):
        # What is not a jar after all is for the worker to complain about.
        with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(jar) as archive:
            resolves |= provider in archive.NameToInfo
            for entry in archive.namelist():
                if entry.startswith(_MANIFESTS):
                    lines = archive.read(entry).decode(errors="replace").splitlines()
                    services |= {name for line in lines if (name := line.partition("#")[0].strip())}
    return tuple(sorted(services)), resolves
