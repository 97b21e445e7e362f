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
    "openlineage": "openlineage-python",
    "sklearn": "scikit-learn",
}


def missing_extra(error: ModuleNotFoundError) -> MissingExtra | None:
    """The error to show a user for a failed import; None if no extra brings the module, which is then a fault of the code."""
    module = (error.name or "").partition(".")[0]
    package = _normal(INSTALLED_AS.get(module, module))
    extras = {extra: packages for extra, packages in _packages_of_extras().items() if package in packages}
    if not extras:
        return None
    smallest = min(extras, key=lambda extra: len(extras[extra]))
    return MissingExtra(f"needs the package {package}, which is not installed", do=f"pip install 'tierline[{smallest}]'")


def _packages_of_extras() -> dict[str, set[str]]:
    """Extra -> the packages that it brings, as the installed package declares them."""
    try:
        declared = requires("tierline") or []
    except PackageNotFoundError:
        return {}
    found: dict[str, set[str]] = {}
    for requirement in declared:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"""extra == ['"]([\w-]+)['"]""", requirement)
        if name and extra:
            found.setdefault(extra.group(1), set()).add(_normal(name.group()))
    return found


def _normal(name: str) -> str:
    """The form in which names of packages are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
