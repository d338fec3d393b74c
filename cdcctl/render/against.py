"""What is rendered against what is in files: a folder as ``render --out`` writes it, or one configuration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cdcctl.connector_files import ConnectorFile, read_connector_files
from cdcctl.errors import InputError
from cdcctl.render.configurations import Configurations
from cdcctl.render.difference import Compared


def compare_with_files(rendered: Configurations, path: Path) -> list[Compared]:
    """Pair each configuration with its file.

    :param path: a folder, or a file with configurations in any form that people keep them in.
    :raises InputError: nothing there, unreadable, or a configuration that matches none of the rendered ones.
    """
    if path.is_dir():
        return list(_with_folder(rendered, path))
    return [_with_file(rendered, each) for each in read_connector_files(path)]


def _with_folder(rendered: Configurations, folder: Path) -> Iterator[Compared]:
    configs = rendered.by_file()
    stale = {path.name for path in folder.glob("sink*.json")} - configs.keys()
    there = [name for name in (*configs, *sorted(stale)) if (folder / name).is_file()]
    if not there:
        raise InputError(f"{folder} holds none of {', '.join(configs)}", hint="name a folder that render --out wrote")
    for name in (*configs, *sorted(stale)):
        old = read_connector_files(folder / name)[0].config if name in there else None
        yield Compared(name, str(folder / name), old, configs.get(name, {}))


def _with_file(rendered: Configurations, file: ConnectorFile) -> Compared:
    """The rendered configuration of the same class; a file without a class is a worker's."""
    same = {
        name: config
        for name, config in rendered.by_file().items()
        if config.get("connector.class", "") == file.connector_class
    }
    if not same:
        raise InputError(f"{file.file}: nothing is rendered for {file.connector_class}", hint="is it this pipeline's?")
    if len(same) > 1:
        # Several sinks of one kind: the file belongs to the one whose name or topics it has.
        same = {
            name: config
            for name, config in same.items()
            if Path(file.file).name == name or config.get("topics") == file.config.get("topics")
        } or same
    name, config = next(iter(same.items()))
    return Compared(name, file.file, file.config, config)
