"""Derives dbt_like_sql/staging/stg_language_bounds.sql: `python -m training_scripts.language_bounds --data DIR`.

How sure language identification is of good prose depends on the language: FineWeb-2 (Penedo et al. 2025, arXiv 2506.20920) takes the
median of the prose less its standard deviation. Pages of the first half of every sentence set are identified by a second opinion that
was trained on the second half; `python -m benchmarks.filtering` measures the other way round.
"""

import argparse
from pathlib import Path

import numpy as np

from tierline.filters.language import identify_batch, opinion
from tierline.filters.rules import FilterRules
from training_scripts.sentence_pages import pages
from training_scripts.train_language import SETS, halves, read_set, train

PAGES = 60  # a language and set
DEVIATIONS = 3  # below the median: with FineWeb-2's one, a page of good prose in six would be lost
LEAST = 0.15  # a bound below says nothing
RIGHT_MIN = 0.9  # share of a language's pages that must be given its name
OUTPUT = Path(__file__).parents[1] / "dbt_like_sql/staging/stg_language_bounds.sql"
# Mean word length, least and most: huggingface/fineweb-2, configs/{ada,cot,cpu,kal}_Latn.yml, kor_Hang.yml, mal_Mlym.yml, tam_Taml.yml.
# The most of Korean is left out: it is of morphemes there, and of what stands between spaces here.
PUBLISHED = {"ada": (1, 7), "cot": (10, 24), "cpu": (7, 26), "kl": (5, 16), "ko": (1, None), "ml": (4, 37), "ta": (5, 37)}
HEAD = """-- Written by training_scripts/language_bounds.py, which says where each number comes from.
with final as (
    select *
    from (
        values
"""
TAIL = """
    ) as bounds (language, language_confidence_min, mean_word_length_min, mean_word_length_max)
)

select * from final
"""


def main() -> None:
    """Writes the model."""
    parser = argparse.ArgumentParser(prog="training_scripts.language_bounds", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/langid")
    options = parser.parse_args()
    split = [halves(read_set(options.data / "labels" / file)) for file in SETS.values()]
    second = train([row for _, held in split for row in held], opinion().noise)
    bounds: dict[str, float] = {}
    for first, _ in split:
        for language, texts in pages(first, PAGES).items():
            found = identify_batch(texts, second)
            sure = found.confidence[np.array(found.language) == language]
            if len(sure) >= RIGHT_MIN * len(texts):
                low = float(np.median(sure) - DEVIATIONS * sure.std())
                bounds[language] = min(bounds.get(language, 1.0), max(LEAST, int(low * 100) / 100))
    usual = FilterRules().language_confidence_min
    lower = {language: low for language, low in bounds.items() if low < usual}
    rows = [(language, lower.get(language), *PUBLISHED.get(language, (None, None))) for language in sorted({*lower, *PUBLISHED})]
    values = ",\n".join(f"            ('{language}', {', '.join(map(_number, own))})" for language, *own in rows)
    OUTPUT.write_text(HEAD + values + TAIL)
    print(f"{len(rows)} languages with bounds of their own")


def _number(value: float | None) -> str:
    return "null::double" if value is None else f"{value}::double"


if __name__ == "__main__":
    main()
