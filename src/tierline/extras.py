"""Says which extra brings a package that is not installed: reading a lake needs few packages, writing one needs many."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires

from tierline.errors import MissingExtra

# Packages that are imported under another name than they are installed by.
INSTALLED_AS = {
    "ahocorasick": "pyahocorasick",
    "faiss": "faiss-cpu",
    "great_expectations": "great-expectations",
    "sklearn": "scikit-learn",
}


def missing_extra(error: ModuleNotFoundError) -> MissingExtra | None:
    """The error to show a user for a failed import; None if no extra brings the module, which is then a fault of the code."""
    module = (error.name or "").partition(".")[0]
    package = _normal(INSTALLED_AS.get(module, module))
    extra = next((extra for extra, name in optional_packages() if name == package), None)
    if extra is None:
        return None
    return MissingExtra(f"needs the package {package}, which is not installed", do=f"pip install 'tierline[{extra}]'")


def optional_packages() -> list[tuple[str, str]]:
    """(extra, package) in the order of pyproject.toml, so that the first extra that brings a package is the smallest one."""
    try:
        declared = requires("tierline") or []
    except PackageNotFoundError:
        return []
    found: list[tuple[str, str]] = []
    for requirement in declared:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"""extra == ['"]([\w-]+)['"]""", requirement)
        if name and extra:
            found.append((extra.group(1), _normal(name.group())))
    return found


def _normal(name: str) -> str:
    """The form in which names of packages are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
