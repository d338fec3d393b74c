"""A Maven repository on loopback, made of the artifacts a test says, that may want a password."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

POM = """<project><modelVersion>4.0.0</modelVersion><groupId>{group}</groupId><artifactId>{artifact}</artifactId>
<version>{version}</version><dependencies>{dependencies}</dependencies></project>"""
DEPENDENCY = """<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>
<scope>{scope}</scope></dependency>"""


def publish(folder: Path, coordinate: str, content: bytes, *dependencies: tuple[str, str]) -> None:
    """Put an artifact into the repository; dependencies are coordinates with their scopes."""
    group, artifact, version = coordinate.split(":")
    place = folder / group.replace(".", "/") / artifact / version
    place.mkdir(parents=True)
    parts = [(*each.split(":"), scope) for each, scope in dependencies]
    below = "".join(DEPENDENCY.format(group=g, artifact=a, version=v, scope=s) for g, a, v, s in parts)
    pom = POM.format(group=group, artifact=artifact, version=version, dependencies=below)
    (place / f"{artifact}-{version}.pom").write_text(pom)
    (place / f"{artifact}-{version}.jar").write_bytes(content)
    versions = "".join(f"<version>{each.name}</version>" for each in sorted(place.parent.iterdir()) if each.is_dir())
    (place.parent / "maven-metadata.xml").write_text(
        f"<metadata><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<versioning><versions>{versions}</versions></versioning></metadata>"
    )


@contextmanager
def serving(folder: Path, credentials: tuple[str, str] | None = None) -> Iterator[str]:
    """Serve the repository; the address."""
    wanted = "Basic " + base64.b64encode(":".join(credentials).encode()).decode() if credentials else None

    class Handler(SimpleHTTPRequestHandler):
        def send_head(self):
            if wanted is not None and self.headers.get("Authorization") != wanted:
                self.send_error(401)
                return None
            return super().send_head()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
