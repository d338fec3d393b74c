"""Find the data folders (connectors/, integration/, …) in a checkout or in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from cdcctl.errors import LocalEnvironmentError

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """Return the folder ``name``: inside the package when installed from a wheel, else beside it in the checkout.

    :raises LocalEnvironmentError: the installation lacks the folder.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise LocalEnvironmentError(
        f"the installation of cdcctl lacks its folder {name!r}", hint="install cdcctl again from a complete wheel"
    )
