"""The cache of what a MySQL is made of: made once, and never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdcctl.errors import LocalEnvironmentError
from cdcctl.local.mysql import cache


class TestCache:
    def test_made_once(self, tmp_path: Path) -> None:
        made: list[Path] = []

        def make(partial: Path) -> None:
            made.append(partial)
            (partial / "x").touch()

        for _ in range(2):
            entry = cache.entry(tmp_path / "kind" / "one", make)
        assert len(made) == 1
        assert (entry / "x").exists()

    def test_an_interruption_leaves_nothing_under_the_final_name(self, tmp_path: Path) -> None:
        def interrupted(partial: Path) -> None:
            (partial / "half").touch()
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            cache.entry(tmp_path / "one", interrupted)
        assert [path.name for path in tmp_path.iterdir()] == ["one.lock"]

    def test_what_a_killed_process_left_is_not_built_upon(self, tmp_path: Path) -> None:
        (tmp_path / "one.partial").mkdir()
        (tmp_path / "one.partial/half").touch()
        assert list(cache.entry(tmp_path / "one", lambda partial: None).iterdir()) == []

    def test_a_cache_that_cannot_be_written_is_said_with_the_cure(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(LocalEnvironmentError, match="cannot be written") as caught:
            cache.entry(tmp_path / "file" / "one", lambda partial: None)
        assert "CDCCTL_CACHE_DIR" in (caught.value.hint or "")

    def test_the_variable_moves_it(self, tmp_path: Path) -> None:
        assert cache.folder({"CDCCTL_CACHE_DIR": str(tmp_path)}) == tmp_path
