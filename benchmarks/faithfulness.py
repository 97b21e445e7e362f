"""Measures whether the judge of L3 tells what an edit changed: corruptions and harmless edits planted in real passages, and real pairs."""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import planted_corruptions, planted_harmless, planted_rewordings
from benchmarks.planted_harmless import ADDRESS
from benchmarks.planting import Maker
from tierline.editing import FaithfulnessRules, Judgment, judge_faithfulness
from tierline.editing.faithfulness import compare
from tierline.editing.pair_model import probability
from tierline.text.embedding import Embedder

CORRUPTIONS = planted_corruptions.CORRUPTIONS | planted_rewordings.CORRUPTIONS
HARMLESS = planted_harmless.HARMLESS | planted_rewordings.HARMLESS
BUDGETS = {"smoke": 12, "small": 60, "full": 200}  # cases a kind
SEED = 21
TEXTS = (
    "text/openstax.jsonl.gz",
    "labels/quality/onestop-levels.jsonl.gz",
    "labels/neardup/articles.jsonl.gz",
    "labels/quality/dclm-human.jsonl.gz",
)
LABELS = Path(__file__).parent / "gold" / "edits.jsonl"
UNSEEN_LABELS = LABELS.with_name("edits-held-out.jsonl")  # no rule, weight or threshold was chosen on these
WIKI_SPLIT, ITERATER = "labels/edit/wiki-split.jsonl.gz", "labels/edit/iterater-r3.jsonl.gz"
WORDS = (30, 110)
DOCUMENTS = 3_000  # a file
PASSAGES_PER_CASE = 40  # that are tried for one case of a kind
CASES_IN_EDITS = 40  # a kind
CURVE = (1, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05)
ACCEPTED_BY_BASELINES = 0.95  # of all that is faithful: their thresholds are put there
SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
WORD = re.compile(r"\w+")
RULES = FaithfulnessRules()
RULES_ALONE = FaithfulnessRules(probability_min=1.0)  # the same cases are planted whatever the pair model says


# Kinds that no rule was tuned on: chosen before the judge was first run on planted edits.
HELD_OUT = frozenset(
    """tense gender_exchanged only_moved and_or frequency ordinal_changed noun_from_elsewhere relation_reversed comparison_turned
    verb_replaced preposition_changed scope_narrowed curly_quotes emphasis_removed ligature ordinal_in_words clock_form
    full_width line_breaks title_abbreviated""".split()
)


@dataclass(frozen=True, slots=True)
class Case:
    """A pair of texts, and whether the second says what the first says."""

    kind: str
    source: str
    edit: str
    faithful: bool


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.faithfulness", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"a folder with one of {', '.join(TEXTS)}")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--tuned-only", action="store_true", help="leave out the kinds that were held out of tuning")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N wrong verdicts of each kind")
    options = parser.parse_args(arguments)
    texts = [text for name in TEXTS if (options.data / name).exists() for text in passages(options.data / name, options.seed)]
    if not texts:
        parser.error(f"none of {', '.join(TEXTS)} below {options.data}; name a folder that holds one")
    skipped = [name for name in (*TEXTS, WIKI_SPLIT, ITERATER) if not (options.data / name).exists()]
    random.Random(options.seed).shuffle(texts)
    left_out = HELD_OUT if options.tuned_only else frozenset[str]()
    cases = list(planted(texts, BUDGETS[options.budget], options.seed, left_out))
    real = list(labeled(options.data))
    began = time.process_time()
    verdicts = [judged(case).accepted for case in [*cases, *real]]
    seconds = (time.process_time() - began) / max(1, len(verdicts))
    metrics = rates(cases, verdicts[: len(cases)]) | real_rates(real, verdicts[len(cases) :])
    unseen = list(labeled(options.data, UNSEEN_LABELS))
    metrics |= {f"{name}_held_out": value for name, value in real_rates(unseen, [judged(case).accepted for case in unseen]).items()}
    metrics |= curve(real) | {f"{name}_held_out": value for name, value in curve(unseen).items()} | baselines(cases, real)
    metrics |= in_edits([case for case in [*real, *unseen] if case.faithful and judged(case, RULES_ALONE).accepted], options.seed)
    metrics |= {"ms_per_passage": round(1000 * seconds, 3), "cases": len(cases), "real_pairs": len(real)}
    report(metrics, cases)
    for case, accepted in zip([*cases, *real], verdicts, strict=True):
        wrong.setdefault(case.kind, []).append(case) if accepted != case.faithful else None
    for kind, found in sorted(wrong.items()):
        for case in found[: options.show]:
            print(f"\n{kind}: {judged(case).detail}\n  {case.source}\n  {case.edit}")
    print(json.dumps({"benchmark": "faithfulness", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


wrong: dict[str, list[Case]] = {}


def judged(case: Case, rules: FaithfulnessRules = RULES) -> Judgment:
    """The judge's verdict; what the vectors of whole texts say is left out."""
    return judge_faithfulness(case.source, case.edit, 1.0, rules, address=ADDRESS)


def passages(path: Path, seed: int, *, trained: bool = False) -> list[str]:
    """Paragraphs of prose of a file's documents, cut at sentences, drawn by the seed; of the documents that the pair model was trained on,
    or of the others."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        documents = [json.loads(line).get("text") or "" for line in lines]
    documents = [document for document in documents if (hashlib.sha256(document.encode()).digest()[0] % 2 == 0) == trained]
    random.Random(seed).shuffle(documents)
    found: list[str] = []
    for document in documents[:DOCUMENTS]:
        for paragraph in document.split("\n"):
            words = 0
            kept: list[str] = []
            for sentence in SENTENCE_END.split(paragraph.strip()):
                if words + len(sentence.split()) > WORDS[1]:
                    break
                kept.append(sentence)
                words += len(sentence.split())
            if words >= WORDS[0] and len(kept) > 1 and kept[-1].endswith("."):
                found.append(" ".join(kept))
    return found


def planted(texts: Sequence[str], size: int, seed: int, left_out: frozenset[str] = frozenset()) -> Iterator[Case]:
    """Up to `size` cases of each kind. Every second corruption is planted in a harmless edit that the judge accepts without it."""
    for kind, maker in HARMLESS.items():
        if kind not in left_out:
            yield from (Case(kind, *made, True) for made in cases_of(kind, maker, texts, size, seed))
    twins = [maker for kind, maker in HARMLESS.items() if kind not in left_out]
    for kind, maker in CORRUPTIONS.items():
        if kind in left_out:
            continue

        def in_an_edit(text: str, rng: random.Random, others: Sequence[str], maker: Maker = maker) -> tuple[str, str] | None:
            harmless = rng.choice(twins)(text, rng, others) if rng.random() < 0.5 else None
            if not harmless or not judged(Case("", *harmless, True), RULES_ALONE).accepted:
                return maker(text, rng, others)
            corrupted = maker(harmless[1], rng, others)
            return (harmless[0], corrupted[1]) if corrupted and corrupted[1] != harmless[1] else None

        yield from (Case(kind, *made, False) for made in cases_of(kind, in_an_edit, texts, size, seed))


def planted_in_edits(faithful: Sequence[Case], size: int, seed: int, left_out: frozenset[str] = frozenset()) -> Iterator[Case]:
    """Up to `size` cases of each kind of corruption, planted in the edits of real faithful pairs."""
    for kind, maker in CORRUPTIONS.items():
        rng, made_so_far = random.Random(f"{seed} {kind}"), 0
        for case in rng.sample(faithful, len(faithful)) if kind not in left_out else ():
            made = maker(case.edit, rng, [rng.choice(faithful).edit for _ in range(3)])
            if made and made[0] == case.edit and made[1] not in (case.source, case.edit) and made_so_far < size:
                made_so_far += 1
                yield Case(kind, case.source, made[1], False)


def cases_of(kind: str, maker: Maker, texts: Sequence[str], size: int, seed: int) -> Iterator[tuple[str, str]]:
    """Up to `size` pairs that differ, from passages in turn."""
    rng = random.Random(f"{seed} {kind}")
    start, made_so_far = rng.randrange(len(texts)), 0
    for step in range(min(len(texts), PASSAGES_PER_CASE * size)):
        at = (start + step) % len(texts)
        made = maker(texts[at], rng, [texts[(at + 1 + other) % len(texts)] for other in range(3)])
        if made and made[1] is not None and made[0] != made[1]:
            yield made
            made_so_far += 1
            if made_so_far == size:
                return


def labeled(data: Path, path: Path = LABELS) -> Iterator[Case]:
    """The real pairs that have a label in this file. Labels are in the project, by digest; the texts are not."""
    labels = {row["sha256"]: row["faithful"] for row in map(json.loads, path.read_text("utf-8").splitlines())}
    for name, pairs in (("wiki_split", wiki_split(data / WIKI_SPLIT)), ("iterater", iterater(data / ITERATER))):
        for source, edit in pairs:
            if (label := labels.get(digest(source, edit))) is not None:
                yield Case(f"real_{name}", source, edit, label)


def digest(source: str, edit: str) -> str:
    """What a label names its pair by."""
    return hashlib.sha256(f"{source}\0{edit}".encode()).hexdigest()[:24]


def wiki_split(path: Path) -> Iterator[tuple[str, str]]:
    """Sentences of Wikipedia and the two that a later revision made of each (Botha et al. 2018)."""
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                yield row["src"], row["dst"].replace(" <::::> ", " ")


def iterater(path: Path) -> Iterator[tuple[str, str]]:
    """The sentences around each edit that a reviewer saw, before and after this edit alone (Du et al. 2022)."""
    if not path.exists():
        return
    seen: set[tuple[str, str]] = set()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            revisions = row["data"] if isinstance(row["data"], dict) else {}
            for name in sorted(name for name in revisions if name.startswith("rev_depth_")):
                for pair in _windows(revisions[name].get("doc_chunks") or []):
                    if pair[0] != pair[1] and pair not in seen:
                        seen.add(pair)
                        yield pair


def _windows(chunks: Sequence[str | list[str]]) -> Iterator[tuple[str, str]]:
    def text(some: Sequence[str | list[str]]) -> str:
        return "".join(one if isinstance(one, str) else one[0] if one[1] == "before" else "" for one in some)

    for at, chunk in enumerate(chunks[:-2]):
        after = chunks[at + 2]
        if isinstance(chunk, str) or isinstance(after, str) or chunk[1] != "before" or after[1] != "after":
            continue
        left, right = text(chunks[:at]), text(chunks[at + 3 :])
        begins = "" if re.search(r"[.!?]\s+$", left) and SENTENCE_END.search(left + "X") else SENTENCE_END.split(left)[-1]
        ends = SENTENCE_END.split(right)[0]
        yield (begins + chunk[0] + ends).strip(), (begins + after[0] + ends).strip()


def rates(cases: Sequence[Case], verdicts: Sequence[bool]) -> dict[str, float]:
    """`caught_<kind>` and `accepted_<kind>`; of all kinds, of those that were tuned on and of those held out the least."""
    right: dict[str, list[bool]] = {}
    for case, accepted in zip(cases, verdicts, strict=True):
        right.setdefault(("accepted_" if case.faithful else "caught_") + case.kind, []).append(accepted == case.faithful)
    metrics = {name: round(statistics.fmean(found), 4) for name, found in right.items()}
    for verb, goal in (("caught", 0.99), ("accepted", 0.95)):
        kinds_of_all = [one for one in right if one.startswith(f"{verb}_")]
        held_out = [one for one in kinds_of_all if one.removeprefix(f"{verb}_") in HELD_OUT]
        tuned = [one for one in kinds_of_all if one not in held_out]
        for name, kinds in (("", kinds_of_all), ("_tuned", tuned), ("_held_out", held_out)):
            if kinds:
                metrics[f"{verb}_min{name}"] = min(metrics[one] for one in kinds)
                metrics[f"{verb}_pooled{name}"] = round(statistics.fmean(hit for one in kinds for hit in right[one]), 4)
                metrics[f"{verb}_kinds{name}"] = len(kinds)
                metrics[f"{verb}_kinds_at_goal{name}"] = sum(metrics[one] >= goal for one in kinds)
    return metrics


def real_rates(real: Sequence[Case], verdicts: Sequence[bool]) -> dict[str, float]:
    """On the labeled pairs."""
    metrics: dict[str, float] = {}
    for faithful, name in ((True, "accepted_faithful"), (False, "rejected_unfaithful")):
        hits = [accepted == faithful for case, accepted in zip(real, verdicts, strict=True) if case.faithful == faithful]
        if hits:
            metrics |= {name: round(statistics.fmean(hits), 4), f"{name}_n": len(hits)}
    return metrics


def in_edits(faithful: Sequence[Case], seed: int) -> dict[str, float]:
    """What is caught in real edits that rules accept, by rules alone and with the pair model; apart what was held out of tuning."""
    found = list(planted_in_edits(faithful, CASES_IN_EDITS, seed)) if faithful else []
    metrics: dict[str, float] = {}
    for name, rules in (("caught_in_edits", RULES), ("caught_in_edits_by_rules", RULES_ALONE)):
        hits = [(case.kind in HELD_OUT, not judged(case, rules).accepted) for case in found]
        for group, some in (("", hits), ("_held_out", [hit for hit in hits if hit[0]])):
            if some:
                metrics |= {f"{name}{group}": round(statistics.fmean(hit for _, hit in some), 4), f"{name}{group}_n": len(some)}
    return metrics


def curve(real: Sequence[Case]) -> dict[str, float]:
    """On the labeled pairs, by the least probability at which the pair model lets wording through; at 1 rules alone decide."""
    scores = np.array([_likely(case) for case in real])
    faithful = np.array([case.faithful for case in real], bool)
    metrics: dict[str, float] = {}
    for least in CURVE if real else ():
        accepted = scores >= least
        metrics[f"accepted_faithful_at_{least}"] = round(float(accepted[faithful].mean()), 4)
        metrics[f"rejected_unfaithful_at_{least}"] = round(1 - float(accepted[~faithful].mean()), 4)
    return metrics


def _likely(case: Case) -> float:
    if judged(case, RULES_ALONE).accepted:
        return 1.0
    found = compare(case.source, case.edit, address=ADDRESS)
    return min(probability(found.pair, found.refused), 0.9999) if found is not None and found.may_be_weighed else 0.0


def baselines(cases: Sequence[Case], real: Sequence[Case]) -> dict[str, float]:
    """What length, cosine and overlap alone catch, each with the threshold that accepts 95% of all faithful pairs."""
    both = [*cases, *real]
    faithful = np.array([case.faithful for case in both])
    planted_bad = np.array([not case.faithful and not case.kind.startswith("real_") for case in both])
    real_bad = np.array([not case.faithful and case.kind.startswith("real_") for case in both])
    metrics: dict[str, float] = {}
    for name, score in SCORES.items():
        scores = score(both)
        accepted = scores >= np.quantile(scores[faithful], 1 - ACCEPTED_BY_BASELINES)
        metrics[f"caught_pooled_by_{name}"] = round(float(1 - accepted[planted_bad].mean()), 4)
        if real_bad.any():
            metrics[f"rejected_unfaithful_by_{name}"] = round(float(1 - accepted[real_bad].mean()), 4)
    return metrics


def _length(cases: Sequence[Case]) -> np.ndarray:
    return np.array([-abs(np.log(max(1, len(case.edit)) / max(1, len(case.source)))) for case in cases])


def _cosine(cases: Sequence[Case]) -> np.ndarray:
    embedder = Embedder()
    return np.sum(embedder.embed([case.source for case in cases]) * embedder.embed([case.edit for case in cases]), axis=1)


def _overlap(cases: Sequence[Case]) -> np.ndarray:
    def jaccard(case: Case) -> float:
        one, other = (set(WORD.findall(text.lower())) for text in (case.source, case.edit))
        return len(one & other) / max(1, len(one | other))

    return np.array([jaccard(case) for case in cases])


SCORES: dict[str, Callable[[Sequence[Case]], np.ndarray]] = {"length": _length, "cosine": _cosine, "overlap": _overlap}


def report(metrics: dict[str, float], cases: Sequence[Case]) -> None:
    """The table for people; a star marks a kind that was held out of tuning."""
    sizes: dict[str, int] = {}
    for case in cases:
        sizes[case.kind] = sizes.get(case.kind, 0) + 1
    for verb in ("caught", "accepted"):
        for kind in [*CORRUPTIONS, *HARMLESS]:
            if (name := f"{verb}_{kind}") in metrics:
                print(f"{verb:9} {kind + '*' * (kind in HELD_OUT):28} {metrics[name]:6.3f} {sizes[kind]:5}")
    for name, value in metrics.items():
        if not any(name == f"{verb}_{kind}" for verb in ("caught", "accepted") for kind in sizes):
            print(f"{name:38} {value}")


if __name__ == "__main__":
    sys.exit(main())
