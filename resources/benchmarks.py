"""The benchmarks that training data must not contain."""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from tierline.config.read_once import read_once
from tierline.filters.benchmark_index import BenchmarkIndex
from tierline.filters.benchmark_items import find_benchmarks, read_cached
from tierline.filters.decontaminate import DecontaminationRules, build_index
from tierline.freshness.settings import benchmark_inputs


class BenchmarkFiles(dg.ConfigurableResource):
    """Question files (.jsonl, .jsonl.gz): a file, folder or glob. Empty: no benchmark is searched, and every document is kept."""

    pattern: str = ""

    def index(self, rules: DecontaminationRules) -> BenchmarkIndex:
        """Of all questions and passages; built once per process while files and rules stay the same."""
        return _index(find_benchmarks(self.pattern), rules)

    def inputs(self) -> dict[str, str]:
        """An activity's record of them: one digest, or nothing if none are configured."""
        return benchmark_inputs(self.pattern)

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
