"""Writes the HTML of Debian's documentation packages as crawl files: a larger real web, free by Debian's rules, dated and pinned."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import tempfile
import uuid
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.parser import HeaderParser
from io import BytesIO
from pathlib import Path

from fastwarc.warc import WarcRecord, WarcRecordType
from rich.console import Console
from rich.progress import track

from tierline.errors import BadInput

HOST = "packages.debian.org"  # a name for each package below it; nothing answers there
ENDINGS = (".html", ".htm", ".xhtml", ".html.gz", ".htm.gz")
MAIN = "main"  # the component whose packages follow the Debian Free Software Guidelines
TOO_LARGE = 4 << 20  # bytes of a page: indexes of whole libraries


@dataclass(frozen=True, slots=True)
class Package:
    """One package as it was used. `sha256` is of the .deb, as the archive states it."""

    name: str
    version: str
    sha256: str
    component: str
    pages: int
    crawl_file: str


def write_packages(names: tuple[str, ...], pages_most: int, folder: Path) -> list[Package]:
    """One .warc.gz for each package; a file of the same version and bound that is there already is kept as it is.

    Raises BadInput if a package is unknown, not in main, or cannot be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_write_package(name, pages_most, folder) for name in track(sorted(set(names)), "packages", console=Console(stderr=True))]


def _write_package(name: str, pages_most: int, folder: Path) -> Package:
    about = _about(name)
    component = about["Filename"].split("/")[1 if "/updates/" not in about["Filename"] else 2]
    if component != MAIN:
        raise BadInput(f"is in Debian's component {component}, not {MAIN}", name, "only packages of main are free by Debian's guidelines")
    label = f"{about['Version']}-{pages_most}".replace(":", "-").replace("/", "-")
    target = folder / f"{name}_{label}.warc.gz"
    counted = target.with_suffix(".pages")
    if not target.exists() or not counted.exists():
        with tempfile.TemporaryDirectory(prefix="tierline-debian-") as scratch:
            root = _unpack(name, Path(scratch))
            pages = chosen(html_files(root), root, pages_most)
            counted.write_text(str(write_pages(name, root, pages, target)))
    return Package(name, about["Version"], about["SHA256"], component, int(counted.read_text()), str(target))


def _about(name: str) -> dict[str, str]:
    shown = _run(["apt-cache", "show", "--no-all-versions", name], Path.cwd(), f"unknown package {name}")
    found = dict(HeaderParser().parsestr(shown))
    if "Filename" not in found:
        raise BadInput("has no file in the archive", name, "choose another package in the recipe")
    return found


def _unpack(name: str, scratch: Path) -> Path:
    _run(["apt-get", "download", "-q", name], scratch, f"cannot fetch {name}")
    root = scratch / "root"
    _run(["dpkg-deb", "-x", str(next(scratch.glob("*.deb"))), str(root)], scratch, f"cannot unpack {name}")
    return root


def html_files(root: Path) -> list[Path]:
    """Pages of a package, in order of their paths; links are left out, for they name pages that are there."""
    return sorted(path for path in root.rglob("*") if path.name.endswith(ENDINGS) and path.is_file() and not path.is_symlink())


def chosen(pages: list[Path], root: Path, most: int) -> list[Path]:
    """At most so many, by a hash of their paths, in the order of their paths: a sample that depends on nothing else."""

    def place(page: Path) -> str:
        return hashlib.sha256(page.relative_to(root).as_posix().encode()).hexdigest()

    return sorted(sorted(pages, key=place)[:most])


def write_pages(name: str, root: Path, pages: list[Path], target: Path) -> int:
    """A WARC file of responses, whole or not at all; returns how many. A page is dated by its file in the package."""
    part = target.with_name(f"{target.name}.part")
    count = 0
    with part.open("wb") as file:
        for page in pages:
            body = page.read_bytes()
            if page.suffix == ".gz":
                body = gzip.decompress(body)
            if len(body) > TOO_LARGE:
                continue
            path = page.relative_to(root).as_posix().removesuffix(".gz")
            moment = datetime.fromtimestamp(page.stat().st_mtime, UTC)
            file.write(_record(f"https://{host_of(name)}/{path}", body, moment))
            count += 1
    part.replace(target)
    return count


def host_of(package: str) -> str:
    """One host for each package, so that what repeats on its pages is found; all of them one registrable domain, for one publisher."""
    return f"{package.replace('.', '-').replace('+', 'x')}.{HOST}"


def _record(url: str, body: bytes, moment: datetime) -> bytes:
    """A gzip member of its own, with no time of writing in it."""
    record = WarcRecord()
    record.init_headers(WarcRecordType.response, f"uuid:{uuid.uuid5(uuid.NAMESPACE_URL, url)}".encode())
    record.headers["WARC-Target-URI"] = url
    record.headers["WARC-Date"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    record.set_bytes_content(head.encode() + body)
    record.headers["Content-Type"] = "application/http; msgtype=response"
    stream = BytesIO()
    record.write(stream, checksum_data=True)
    return gzip.compress(stream.getvalue(), mtime=0, compresslevel=zlib.Z_BEST_SPEED)


def _run(command: list[str], folder: Path, failure: str) -> str:
    try:
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    except FileNotFoundError:
        raise BadInput(f"{failure}: {command[0]} is not installed", command[0], "leave out --debian where there is no Debian") from None
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BadInput(f"{failure} ({reason})", command[0], "run apt-get update, or change `packages` in the recipe") from None


def described(packages: list[Package]) -> list[dict[str, object]]:
    """For the report."""
    return [asdict(package) for package in packages]
