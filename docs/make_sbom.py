"""Writes a bill of materials of every locked package, in which flaws and licenses are looked up without installing anything."""

import importlib.metadata
import re
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

import tierline

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)")
HASH = re.compile(r"--hash=sha256:(?P<digest>[0-9a-f]{64})")
ENVIRONMENTS = (".venv", ".venv-vllm", ".venv-engines")
TEXT = "stated as a text"


@dataclass
class Locked:
    """A version of a package, the SHA-256 of each of its files, and the locks that name it."""

    name: str
    version: str
    digests: set[str] = field(default_factory=set)
    locks: set[str] = field(default_factory=set)


def locks() -> list[Path]:
    """Every file from which `make` installs."""
    return [*sorted(ROOT.glob("*.lock")), *sorted((ROOT / "locks").glob("*.txt"))]


def locked_packages(files: Iterable[Path]) -> list[Locked]:
    """What the files lock, each version once."""
    found: dict[tuple[str, str], Locked] = {}
    for file in files:
        package = None
        for line in file.read_text("utf-8").splitlines():
            if pin := PIN.match(line):
                name = canonicalize_name(pin["name"])
                package = found.setdefault((name, pin["version"]), Locked(name, pin["version"]))
                package.locks.add(file.relative_to(ROOT).as_posix())
            elif package and (digest := HASH.search(line)):
                package.digests.add(digest["digest"])
            else:
                sys.exit(f"{file.relative_to(ROOT)}: neither a package nor a hash of it: {line}")
    return [found[key] for key in sorted(found)]


def stated_licenses() -> dict[tuple[str, str], str]:
    """What each installed package says of its license, by name and version."""
    folders = [str(folder) for name in ENVIRONMENTS for folder in (ROOT / name).glob("lib/python*/site-packages")]
    return {
        (canonicalize_name(package.metadata["Name"]), package.version): license_of(package.metadata)
        for package in importlib.metadata.distributions(path=folders)
    }


def license_of(metadata: importlib.metadata.PackageMetadata) -> str:
    """The expression that a package states, else the license in one line, else its classifiers; a whole text has no name."""
    classifiers = [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or [] if one.startswith("License :: ")]
    text = (metadata.get("License") or "").strip()
    return metadata.get("License-Expression") or ("" if "\n" in text else text) or ", ".join(classifiers) or (text and TEXT)


def bill_of(packages: Iterable[Locked], licenses: dict[tuple[str, str], str]) -> "Bom":
    """The packages as CycloneDX knows them."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    def component(package: Locked) -> Component:
        stated = licenses.get((package.name, package.version))
        url = PackageURL("pypi", name=package.name, version=package.version)
        return Component(
            type=ComponentType.LIBRARY,
            name=package.name,
            version=package.version,
            purl=url,
            bom_ref=str(url),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in sorted(package.digests)],
            licenses=[LicenseFactory().make_from_string(stated)] if stated else [],
            properties=[Property(name="tierline:lock", value=lock) for lock in sorted(package.locks)],
        )

    whole = LicenseFactory().make_from_string("Apache-2.0")
    bill = Bom(components=map(component, packages))
    bill.metadata.component = Component(
        type=ComponentType.APPLICATION, name="tierline", version=tierline.__version__, bom_ref="tierline", licenses=[whole]
    )
    return bill


def as_json(bill: "Bom") -> str:
    """CycloneDX 1.6, valid by its schema; exits if it is not."""
    from cyclonedx.output.json import JsonV1Dot6
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The Component this BOM is describing", UserWarning)  # locks don't say who needs whom
        text = JsonV1Dot6(bill).output_as_string(indent=2)
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"the bill is not valid CycloneDX: {wrong}")
    return text


def main(place: str) -> int:
    """Write the bill and say what it holds."""
    packages, licenses = locked_packages(locks()), stated_licenses()
    text = as_json(bill_of(packages, licenses))
    path = Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", "utf-8")
    known = sum(bool(licenses.get((package.name, package.version))) for package in packages)
    print(f"{path}: {len(packages)} packages, {known} with their licenses; what is not installed here has none")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
