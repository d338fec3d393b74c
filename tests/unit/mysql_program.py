"""A mysqld on the PATH that only knows its version."""

from __future__ import annotations

from pathlib import Path

MYSQL = "mysqld  Ver 8.0.43 for Linux on x86_64 (MySQL Community Server - GPL)"


def fake_mysqld(folder: Path, says: str) -> str:
    """A folder for PATH with a mysqld that only knows its version."""
    folder.mkdir()
    program = folder / "mysqld"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return str(folder)
