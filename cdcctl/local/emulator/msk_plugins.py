"""Custom plugins of the emulated MSK Connect."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cdcctl.local.emulator.msk_resources import Kind, Shelf, bad_request, new_identifier, now, page
from cdcctl.local.emulator.msk_tags import require_tags
from cdcctl.local.emulator.pace import Change, Pace
from cdcctl.local.emulator.plugin_store import PluginStore, UnpackedPlugin, UnusablePluginError

log = logging.getLogger(__name__)

# Amazon MSK developer guide, "Quotas".
MAX_PLUGINS = 100
_SUMMARY = ("creationTime", "customPluginArn", "customPluginState", "description", "latestRevision", "name")


@dataclass
class _Plugin:
    request: dict[str, Any]
    arn: str
    tags: dict[str, str]
    created: datetime = field(default_factory=now)
    state: str = "CREATING"
    reason: dict[str, str] | None = None
    unpacked: UnpackedPlugin | None = None

    @property
    def name(self) -> str:
        return str(self.request["name"])


class CustomPlugins:
    """The operations on custom plugins.

    :param lock: shared by all kinds of resources.
    :param user_of: name of a connector that uses the plugin of an ARN, or None.
    """

    def __init__(
        self,
        region: str,
        store: PluginStore,
        lock: threading.RLock,
        user_of: Callable[[str], str | None],
        pace: Pace,
    ) -> None:
        self._store = store
        self._lock = lock
        self._user_of = user_of
        self._pace = pace
        self.shelf: Shelf[_Plugin] = Shelf(Kind("custom-plugin", "custom plugin", MAX_PLUGINS), region)

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """CreateCustomPlugin: the object is copied from S3 in the background."""
        tags = request.get("tags", {})
        require_tags(tags)
        with self._lock:
            plugin = _Plugin(request, self.shelf.new_arn(request["name"], new_identifier()), dict(tags))
            self.shelf.put(plugin)
        threading.Thread(target=self._copy, args=(plugin,), daemon=True).start()
        return {"customPluginArn": plugin.arn, "customPluginState": "CREATING", "name": plugin.name, "revision": 1}

    def _copy(self, plugin: _Plugin) -> None:
        begin = time.monotonic()
        reason = "The plugin could not be copied."
        unpacked = None
        try:
            unpacked = self._store.add(plugin.request["location"]["s3Location"], plugin.request["contentType"])
        except UnusablePluginError as error:
            reason = str(error)
        except Exception:
            # A defect of the emulator must not leave a plugin CREATING for ever.
            log.exception("custom plugin %s: the emulator failed", plugin.name)
        time.sleep(max(0.0, begin + self._pace.seconds(Change.PLUGIN_CREATED) - time.monotonic()))
        with self._lock:
            plugin.unpacked = unpacked
            plugin.reason = None if unpacked else {"code": "InvalidInput.InvalidPlugin", "message": reason}
            plugin.state = "ACTIVE" if unpacked else "CREATE_FAILED"

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        """DescribeCustomPlugin."""
        with self._lock:
            return self._described(self.shelf.get(request["customPluginArn"]))

    def list(self, request: dict[str, Any]) -> dict[str, Any]:
        """ListCustomPlugins."""

        def summary(plugin: _Plugin) -> dict[str, Any]:
            return {key: value for key, value in self._described(plugin).items() if key in _SUMMARY}

        with self._lock:
            return page("customPlugins", self.shelf.numbered(request.get("namePrefix", "")), request, summary)

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """DeleteCustomPlugin; refused while it is made and while a connector uses it."""
        with self._lock:
            plugin = self.shelf.get(request["customPluginArn"])
            if plugin.state == "CREATING":
                raise bad_request("A custom plugin in state CREATING cannot be deleted.")
            if user := self._user_of(plugin.arn):
                raise bad_request(f"The plugin is in use by connector {user}.")
            plugin.state = "DELETING"
            self.shelf.drop(plugin.arn, after=self._pace.seconds(Change.PLUGIN_DELETED))
        return {"customPluginArn": plugin.arn, "customPluginState": "DELETING"}

    def active(self, arn: str) -> UnpackedPlugin:
        """The plugin of an ARN, for a worker.

        :raises ApiError: it does not exist or is not ACTIVE.
        """
        with self._lock:
            plugin = self.shelf.get(arn)
            if plugin.unpacked is None or plugin.state != "ACTIVE":
                raise bad_request(f"The custom plugin {arn} is not in state ACTIVE.")
            return plugin.unpacked

    def _described(self, plugin: _Plugin) -> dict[str, Any]:
        return {
            "creationTime": plugin.created,
            "customPluginArn": plugin.arn,
            "customPluginState": plugin.state,
            "name": plugin.name,
            "description": plugin.request.get("description"),
            "stateDescription": plugin.reason,
            # Absent, as in the service, when no revision ever succeeded.
            "latestRevision": plugin.unpacked and self._revision(plugin, plugin.unpacked),
        }

    def _revision(self, plugin: _Plugin, unpacked: UnpackedPlugin) -> dict[str, Any]:
        return {
            "contentType": plugin.request["contentType"],
            "creationTime": plugin.created,
            "fileDescription": {"fileMd5": unpacked.md5, "fileSize": unpacked.size},
            "location": plugin.request["location"],
            "revision": 1,
        }
