"""An absent package is named with the smallest extra that brings it; a fault of the code is not taken for one."""

from importlib.metadata import PackageNotFoundError

import pytest

from tierline import extras

DECLARED = [
    "pyarrow>=26",
    "scikit-learn>=1.9; extra == 'all'",
    "scipy>=1.15; extra == 'all'",
    "xllamacpp>=2026.10; extra == 'all'",
    'scikit-learn>=1.9; extra == "scoring"',
    'scipy>=1.15; extra == "scoring"',
    'scipy>=1.15; extra == "mixes"',
]


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [("scipy.stats", "scipy", "mixes"), ("sklearn", "scikit-learn", "scoring"), ("xllamacpp", "xllamacpp", "all")],
)
def test_the_smallest_extra_is_named(module, package, extra, monkeypatch):
    monkeypatch.setattr(extras, "requires", lambda _: DECLARED)
    assert (
        str(extras.missing_extra(ModuleNotFoundError(name=module)))
        == f"needs the package {package}, which is not installed; pip install 'tierline[{extra}]'"
    )


@pytest.mark.parametrize("module", ["pyarrow", "tierline.nowhere", None])
def test_what_no_extra_brings_is_a_fault_of_the_code(module, monkeypatch):
    monkeypatch.setattr(extras, "requires", lambda _: DECLARED)
    assert extras.missing_extra(ModuleNotFoundError(name=module)) is None


def test_a_checkout_that_was_never_installed_names_no_extra(monkeypatch):
    def absent(_):
        raise PackageNotFoundError("tierline")

    monkeypatch.setattr(extras, "requires", absent)
    assert extras.missing_extra(ModuleNotFoundError(name="scipy")) is None
