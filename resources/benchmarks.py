"""The benchmarks that training data must not contain."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg

from tierline.config.read_once import read_once
from tierline.errors import BadInput
from tierline.filters.benchmark_index import BenchmarkIndex
from tierline.filters.benchmark_items import find_benchmarks, read_cached
from tierline.filters.decontaminate import DecontaminationRules, build_index
from tierline.freshness.settings import NAMED, benchmark_inputs


class BenchmarkFiles(dg.ConfigurableResource):
    """Question files (.jsonl, .jsonl.gz): a file, folder or glob. Empty: no benchmark is searched, and every document is kept; where
    some were searched before, what was found stands. `none`: that is not wanted any more."""

    pattern: str = ""

    def index(self, rules: DecontaminationRules) -> BenchmarkIndex:
        """Of all questions and passages; built once per process while files and rules stay the same."""
        return _index(find_benchmarks(self.pattern), rules)

    def inputs(self, recorded: Mapping[str, str] | None = None) -> dict[str, str]:
        """An activity's record of them: one digest, or nothing if none are configured. Where no word is said of them, what the shard's
        last activity recorded stands."""
        kept = {NAMED: recorded[NAMED]} if recorded and NAMED in recorded and not self.pattern else {}
        return kept or benchmark_inputs(self.pattern)

    def refuse_forgotten(self, inputs: Mapping[str, str]) -> None:
        """BadInput where documents are to be compared with benchmarks that nobody names now: leaks would pass without a word."""
        if NAMED in inputs and not self.pattern:
            do = "name the files again, or set it to `none` to do without them"
            raise BadInput("is not set, and the shard was searched for benchmarks the last time", "TIERLINE_BENCHMARKS", do)

    def describe(self, rules: DecontaminationRules) -> dict[str, object]:
        """Metadata: how many benchmarks and items were searched."""
        files = find_benchmarks(self.pattern)
        if not files:
            return {"benchmarks": "no benchmark files configured"}
        index = self.index(rules)
        found = read_cached(files)
        return {
            "benchmarks": ", ".join(sorted({item.benchmark for item in found.items})),
            "benchmark_ngrams": len(index),
            "questions_too_short_to_match": index.too_short,
            "rows_without_a_question": found.without_question,
        }


@read_once
def _index(files: Sequence[Path], rules: DecontaminationRules) -> BenchmarkIndex:
    return build_index(read_cached(files).items, rules)
