"""Coverage-guided fuzzing of the readers with atheris, for as long as wanted: `python -m tests.fuzz.coverage_guided warc 600`.

Formats: warc, jsonl, parquet, html. Stops with a traceback and leaves the input as `crash-*` where a reader raises or a row goes
uncounted. Needs the extra `fuzz`.
"""

import sys
import tempfile
from pathlib import Path

import atheris

SOURCES = Path(__file__).parents[2] / "src"
# Instrumented bytecode is nothing that numba can compile; names are matched whole, so that a package does not stand for its modules.
COMPILED = [
    ".".join(path.relative_to(SOURCES).with_suffix("").parts)
    for path in sorted((SOURCES / "tierline").rglob("*.py"))
    if path.parent.name == "kernels" or "tierline.text.kernels.compiled" in path.read_text("utf-8")
]

with atheris.instrument_imports(include=["tierline.crawl"], exclude=COMPILED):
    from tests.fuzz import inputs
    from tierline.crawl import ReadRules
    from tierline.crawl.extract import extract_page
    from tierline.crawl.read import read_shard

SUFFIXES = {"warc": ".warc", "jsonl": ".jsonl", "parquet": ".parquet"}
RULES = ReadRules(max_body_bytes=1 << 20)


def seeds(kind: str) -> list[bytes]:
    """Sound inputs to start from."""
    if kind == "html":
        return [body for body in inputs.BODIES if body]
    if kind == "parquet":
        return [inputs.parquet_file(3)]
    if kind == "jsonl":
        return ["\n".join(inputs.JSON_LINES[:6]).encode()]
    codings = sorted(inputs.CODINGS)
    return [inputs.warc_record(inputs.HTML, coding, b"HTTP/1.1 200 OK", b"text/html", None, inputs.DATES[0], False) for coding in codings]


def main() -> None:
    """Argument 1: the format; argument 2: seconds."""
    kind, seconds = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(seeds(kind)):
            (corpus / str(number)).write_bytes(seed)
        file = Path(folder) / f"crawl{SUFFIXES.get(kind, '')}"

        def run(data: bytes) -> None:
            if kind == "html":
                extract_page(data.decode("utf-8", "replace"))
                return
            file.write_bytes(data)
            read_shard([str(file)], RULES).check("l0_raw")

        atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=1500", "-max_len=20000", str(corpus)], run)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
