"""An inspection in words, for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cdcctl.plugins.inspection import Inspection

_ARCHIVES = (".zip", ".jar", ".tar.gz", ".tgz", ".tar")


def is_archive(word: str) -> bool:
    """Whether a word names a file or folder rather than a connector."""
    return "/" in word or word.endswith(_ARCHIVES) or Path(word).exists()


def in_words(inspection: Inspection) -> Iterator[str]:
    """The lines to print: plugin classes by kind, then the doubled classes by jars, then what is wrong."""
    size = sum(jar.size for jar in inspection.jars)
    title = f"{inspection.name} {inspection.version}".strip()
    yield f"{title}: {len(inspection.jars)} jars, {size / 1e6:.1f} MB, classes for Java {inspection.java}"
    kinds: dict[str, list[str]] = defaultdict(list)
    for each in inspection.plugins:
        kinds[each.kind].append(f"{each.name} {each.version}".strip())
    for kind, names in kinds.items():
        yield f"{kind}s:" if len(names) > 1 else f"{kind}:"
        yield from (f"  {name}" for name in names)
    if inspection.doubled:
        yield "classes in several jars, of which the first is loaded:"
        for doubled in inspection.doubled:
            libraries = [f"{each.name} {' / '.join(each.versions)}" for each in doubled.libraries]
            note = f" ({', '.join(libraries[:3])}{', …' if len(libraries) > 3 else ''})" if libraries else ""
            yield f"  {len(doubled.classes):5} in {', then '.join(doubled.jars)}{note}"
    for finding in inspection.findings:
        yield str(finding)
        if finding.source:
            yield f"  source: {finding.source}"
