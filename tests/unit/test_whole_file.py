"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from cdcctl.errors import InputError
from cdcctl.whole_file import require_place, whole_file, write_whole


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_permissions_and_links_stay_and_folders_are_made(tmp_path: Path) -> None:
    file, link = tmp_path / "below" / "file", tmp_path / "link"
    write_whole(file, "one")
    file.chmod(0o640)
    link.symlink_to(file)
    write_whole(link, "two")
    assert (file.read_text(), mode_of(file), link.is_symlink()) == ("two", 0o640, True)
    assert list(file.parent.iterdir()) == [file]


def test_nobody_else_reads_what_is_private_at_any_time(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(mode=0o644)
    with whole_file(file, mode=0o600) as place:
        assert mode_of(place) == 0o600
        place.write_text("secret")
    assert (file.read_text(), mode_of(file)) == ("secret", 0o600)


def test_what_fails_on_the_way_leaves_everything_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_file(file) as place:
        place.write_text(f"new{1 / 0}")
    assert file.read_text() == "old"
    with pytest.raises(InputError, match="cannot be written: Is a directory"):
        write_whole(tmp_path, "text")
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        write_whole(file / "below", "text")
    assert list(tmp_path.iterdir()) == [file]
    assert not (tmp_path.parent / f".{tmp_path.name}.new").exists()


def test_what_will_have_no_place_is_known_before_and_nothing_is_made_for_it(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    for path, message in (
        (tmp_path, "it is a folder"),
        (file / "below", f"{file} is no folder"),
        (Path("/proc/sys/kernel/none/a.html"), "/proc/sys/kernel is not to be written to"),
        # It cannot even be looked for, as in a folder that is closed to the user.
        (tmp_path / ("x" * 300), "File name too long"),
    ):
        with pytest.raises(InputError, match=f"cannot be written: {message}"):
            require_place(path)
    for path in (file, tmp_path / "other" / "file", Path("/dev/null")):
        require_place(path)
    assert list(tmp_path.iterdir()) == [file]


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write_whole(pipe, "text")
    assert pipe.is_fifo()
    reader.join(10)
    assert read == ["text"]
