"""What ``cdcctl lint`` is to leave alone in this pipeline."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from cdcctl.pipeline.base import Model


class Ignored(Model):
    """One rule that is broken knowingly."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}\d{3}$")] = Field(description="such as CDC007")
    reason: str = Field("", description="why; lint reports an entry without a reason, and one that ignores nothing")


class Lint(Model):
    """Settings of ``cdcctl lint``."""

    ignore: list[Ignored] = Field(default_factory=list)
