"""One deploy at a time: a lock object in the bucket, with an owner and an expiry.

Taken by a conditional write (If-None-Match), kept by renewing it (If-Match), so that of two who try at once exactly one
has it. It expires when it is not renewed; the times compared are S3's own, so that no clock needs to be right. A lock
whose process has ended on this very machine is taken over at once.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from contextlib import suppress
from types import TracebackType

from cdcctl.aws.storage import Document, Storage
from cdcctl.aws.target import Target
from cdcctl.deploy.identity import Worker
from cdcctl.deploy.waiting import Say
from cdcctl.errors import CdcctlError, ConflictError, NotFoundError, RemoteError

LEASE_SECONDS = 120.0
_RENEWALS = 4
# S3 tells times in whole seconds.
_ROUNDING_SECONDS = 1.0


class LockedError(RemoteError):
    """Somebody else is at work on the pipeline."""


class Lock:
    """The lock of a pipeline, held inside ``with``.

    :param doing: what it is held for, e.g. ``deploy``.
    :raises LockedError: on entering: somebody else holds it.
    """

    def __init__(
        self, target: Target, bucket: str, key: str, doing: str, say: Say, lease: float = LEASE_SECONDS
    ) -> None:
        self._storage: Storage = target.storage
        self._place = (bucket, key)
        self._say = say
        self._lease = lease
        self.worker = Worker.of_this_process(target)
        self._token = uuid.uuid4().hex
        self._body = {"token": self._token, "doing": doing, "lease": lease, **self.worker.to_dict()}
        self._etag = ""
        self._sure_until = 0.0
        self._lost = ""
        self._over = threading.Event()
        self._renewing = threading.Thread(target=self._renew, name="lock", daemon=True)

    def __enter__(self) -> Lock:
        self._etag = self._taken()
        self._sure_until = time.monotonic() + self._lease
        self._renewing.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._renewing.join()
        if not self._lost:
            # Not worth hiding what went wrong before: it expires by itself.
            with suppress(CdcctlError):
                self._storage.delete(*self._place, self._etag)

    def check(self) -> None:
        """Called before every change.

        :raises LockedError: the lock was lost, so that somebody else may be at work.
        """
        if not self._lost and time.monotonic() > self._sure_until:
            self._lost = "it could not be renewed in time"
        if self._lost:
            raise LockedError(f"the lock of this deploy was lost: {self._lost}", hint="run the command again")

    def _taken(self) -> str:
        """Take the lock, or take it over; returns the ETag of the object.

        :raises LockedError: somebody holds it.
        """
        while True:
            try:
                return self._storage.write_new(*self._place, self._content())
            except ConflictError:
                found = self._storage.read(*self._place)
            if found is None:
                continue
            holder = _holder(found)
            if holder.get("token") == self._token:
                # Our own write whose answer was lost.
                return found.etag
            self._require_free(found, holder)
            with suppress(ConflictError, NotFoundError):
                return self._storage.write_over(*self._place, self._content(), found.etag)

    def _require_free(self, found: Document, holder: dict[str, object]) -> None:
        worker, left = _worker(holder), _left(found, holder)
        who = worker.words if worker else "somebody unknown"
        if worker and worker.has_ended:
            self._say(f"taking over the lock of {who}, which has ended")
        elif left <= 0:
            self._say(f"taking over the lock of {who}, which expired {-left:.0f} s ago")
        else:
            raise LockedError(
                f"{holder.get('doing', 'a deploy')} of this pipeline is under way: {who}, lock renewed "
                f"{(found.now - found.modified).total_seconds():.0f} s ago",
                hint=f"wait for it; if it is dead, its lock expires in {left:.0f} s, or pass --break-lock",
            )

    def _renew(self) -> None:
        while not self._over.wait(self._lease / _RENEWALS):
            asked = time.monotonic()
            try:
                self._etag = self._storage.write_over(*self._place, self._content(), self._etag)
            except (ConflictError, NotFoundError):
                # Unless that was our own earlier write whose answer was lost.
                found = self._again()
                if found is None:
                    self._lost = "it was broken or taken over"
                    return
                self._etag = found.etag
            except CdcctlError:
                # The network is gone, say. check() knows until when the lock is certainly ours.
                continue
            self._sure_until = asked + self._lease

    def _again(self) -> Document | None:
        with suppress(CdcctlError):
            found = self._storage.read(*self._place)
            if found and _holder(found).get("token") == self._token:
                return found
        return None

    def _content(self) -> bytes:
        return json.dumps({**self._body, "renewed": time.time()}, indent=1).encode()


def holder_of(target: Target, bucket: str, key: str) -> str | None:
    """Who holds a lock, in words; None when nobody does."""
    found = target.storage.read(bucket, key)
    if found is None or _left(found, _holder(found)) <= 0:
        return None
    worker = _worker(_holder(found))
    if worker and worker.has_ended:
        return None
    return worker.words if worker else "somebody unknown"


def break_lock(target: Target, bucket: str, key: str) -> str | None:
    """Remove a lock whoever holds it; returns who did, in words, or None when there was none."""
    found = target.storage.read(bucket, key)
    if found is None:
        return None
    target.storage.delete(bucket, key, found.etag)
    worker = _worker(_holder(found))
    return worker.words if worker else "somebody unknown"


def _holder(found: Document) -> dict[str, object]:
    try:
        body = json.loads(found.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _worker(holder: dict[str, object]) -> Worker | None:
    try:
        return Worker(**{name: holder[name] for name in Worker.__dataclass_fields__})  # type: ignore[arg-type]
    except KeyError:
        return None


def _left(found: Document, holder: dict[str, object]) -> float:
    """Seconds until the lock expires, by S3's clock."""
    lease = holder.get("lease")
    seconds = float(lease) if isinstance(lease, (int, float)) else LEASE_SECONDS
    return seconds + _ROUNDING_SECONDS - (found.now - found.modified).total_seconds()
