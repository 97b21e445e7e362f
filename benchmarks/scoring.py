"""Measures the AUC of every scorer on texts that people judged and it did not learn from, and the speed of the student.

The bundled probe, the prior of the student and the weights of usefulness learned from labeled texts. A text that was among them is
judged by models that had not seen it, and by weights measured on the other texts (folds over groups). Any other text is judged by the
bundled artifacts as they are, so its label decides nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.progress import Progress
from sklearn.model_selection import StratifiedGroupKFold

from benchmarks.unseen_pages import without_memory
from tierline.errors import BadInput
from tierline.judges.annotate import draw_sample
from tierline.judges.guard import MinOverReadings
from tierline.judges.judge import MIDDLE, Judge
from tierline.judges.probe import ProbeJudge, bundled_probe
from tierline.judges.prompt_judge import PromptJudge
from tierline.judges.scales import load_scale
from tierline.lake import Lake
from tierline.llm import CachedModelClient, CallStore, ModelClient, ModelSettings, open_model
from tierline.reliability.anchors import as_documents, find_sets, freeze, read_anchors, records
from tierline.reliability.reliability import Reliability, auc, measure_signal
from tierline.reliability.rules import AnchorRules, ReliabilityRules, ScoreRules
from tierline.reliability.signals import measured, measured_without_model
from tierline.reliability.usefulness import Combination, fit_combination, from_json, usefulness
from tierline.students.linear import Floats
from tierline.students.out_of_fold import known_rows, text_key
from tierline.students.prior import bundled_prior

WEIGHTS = Path(__file__).with_name("scoring_weights.json")  # written by training_scripts/train_weights.py
SETS = {"dclm-human": "dclm", "hplt-human-inspection": "hplt", "onestop-levels": "onestop", "sms": "sms", "spamassassin": "spamassassin"}
SIGNALS = ("usefulness", "llm", "probe", "student", "perplexity", "ngram_perplexity", "toxicity", "injection", "length")
COMPARED = ("usefulness", "probe", "student", "length")  # on parts of a set
BUDGETS = {"smoke": (60, 8, 4), "small": (300, 40, 8), "full": (3_000, 200, 20)}  # texts a set; asked by prompt; timed
FOLDS = 5
REPEATS = 3  # of the folds, each time others: less hangs on how texts happened to be divided
STUDENT_ROUNDS = 20  # it is so fast that once is too short to time
TEXTS_AT_A_TIME = 20  # that a judge reads before the bar moves


@dataclass(frozen=True)
class Judged:
    """n labeled texts and what each signal says of them, NaN if it says nothing; `known`: bundled artifacts learned from it."""

    anchors: pa.Table
    lengths: Floats
    signals: dict[str, Floats]
    set_similarity: dict[str, Floats]
    known: np.ndarray

    @property
    def labels(self) -> Floats:
        return self.anchors["label"].to_numpy()

    def column(self, name: str) -> np.ndarray:
        """Of the anchors, as an array of text."""
        return np.array(self.anchors[name].to_pylist())


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.scoring", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/quality or labels/spam")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    options = parser.parse_args(arguments)
    texts, prompted, timed = BUDGETS[options.budget]
    try:
        anchors = read(options.data / "labels", texts)
    except BadInput as error:
        parser.error(str(error))
    with (
        tempfile.TemporaryDirectory() as folder,
        CachedModelClient(open_model(ModelSettings()), CallStore(Lake(folder), "benchmark")) as client,
    ):
        judged = judge(anchors, client, prompted)
    with (
        tempfile.TemporaryDirectory() as folder,
        CachedModelClient(open_model(ModelSettings()), CallStore(Lake(folder), "speed")) as client,
    ):
        speed = measure_speed(anchors.take(pa.array(drawn(anchors, timed))), client)
    judged.signals["usefulness"] = judged_by_others(judged)
    metrics = set_metrics(judged) | agreement_metrics(judged, options.data / "labels") | language_metrics(judged) | speed
    print_report(metrics, sorted(set(judged.column("set").tolist())))
    skipped = [short for name, short in SETS.items() if name not in set(judged.column("set").tolist())]
    print(json.dumps({"benchmark": "scoring", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def read(labels: Path, texts: int) -> pa.Table:
    """At most so many labeled texts of each known set, evenly over labels and languages, as rows of `l2_anchors`."""
    files = [path for path in find_sets(str(labels)) if path.name.split(".jsonl")[0] in SETS]
    if not files:
        raise BadInput(f"holds none of the sets {', '.join(SETS)}", str(labels), "name a folder that holds one")
    found = read_anchors(files)
    decided = tuple(row for row in found.rows if row["label"] != MIDDLE)
    return freeze(type(found)(decided, found.unusable), AnchorRules(per_set=texts)).tables["l2_anchors"]


def drawn(anchors: pa.Table, size: int) -> np.ndarray:
    """So many rows of each set, evenly over labels and languages."""
    rows = {row["anchor_id"]: row | {"row": number} for number, row in enumerate(anchors.to_pylist())}
    found: list[int] = []
    for name in sorted(set(anchors["set"].to_pylist())):
        strata = {key: f"{row['language']}/{row['label']}" for key, row in rows.items() if row["set"] == name}
        found += [rows[key]["row"] for key in draw_sample(strata, size)]
    return np.sort(np.array(found, np.int64))


def judge(anchors: pa.Table, client: ModelClient, prompted: int, read_all: bool = True) -> Judged:
    """Every signal; the language model is asked by prompt and for its perplexity about at most `prompted` texts of a set. Unless
    `read_all`, the probe says nothing of texts that it was not trained on."""
    documents, prior = as_documents(anchors), bundled_prior()
    texts, languages = documents["text"].to_pylist(), documents["language"].to_pylist()
    signals = {name: one.scores for name, one in measured_without_model(documents).items()}
    signals["student"], shares = prior.read(texts, languages)
    few = drawn(anchors, prompted)
    part = documents.take(pa.array(few))
    signals["perplexity"] = filled(few, measured(part, client, ScoreRules())["perplexity"].scores, len(texts))
    said = scores(MinOverReadings(PromptJudge(load_scale("usefulness"))), part["text"].to_pylist(), client)
    signals["llm"] = filled(few, said, len(texts))
    probe = bundled_probe()
    signals["probe"] = probe.held_out(texts)
    known = ~np.isnan(signals["probe"]) | np.isin(np.arange(len(texts)), known_rows(texts, prior.known_keys)[0])
    unread = np.flatnonzero(np.isnan(signals["probe"]) & read_all)
    signals["probe"][unread] = scores(ProbeJudge(probe, "embedded"), [texts[row] for row in unread], client)
    lengths = documents["tokens"].to_numpy().astype(np.float64)
    return Judged(anchors, lengths, signals, prior.set_similarity(shares, SETS), known)


def scores(one: Judge, texts: list[str], client: ModelClient) -> Floats:
    """NaN if the judge has none to give; a bar counts the texts."""
    found: list[float] = []
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task(one.name.partition("@")[0], total=len(texts))
        for start in range(0, len(texts), TEXTS_AT_A_TIME):
            part = texts[start : start + TEXTS_AT_A_TIME]
            found += [np.nan if judged.score is None else judged.score for judged in one.judge(part, client)]
            bar.advance(task, len(part))
    return np.array(found, np.float64)


def filled(rows: np.ndarray, values: Floats, size: int) -> Floats:
    """The values at their rows, NaN elsewhere."""
    found = np.full(size, np.nan)
    found[rows] = values
    return found


def judged_by_others(judged: Judged) -> Floats:
    """Usefulness in [0, 1]: of texts that artifacts learned from the mean of what combinations of other folds say, of all others what
    the bundled ones say."""
    found = np.full(len(judged.labels), np.nan)
    rows = np.flatnonzero(judged.known)
    found[rows] = 0.0
    for seed in range(REPEATS):
        for train, test in folds(judged, rows, seed):
            found[test] += combined(judged, test, combinations(judged, train)) / REPEATS
    rest = np.flatnonzero(~judged.known)
    if len(rest):
        found[rest] = combined(judged, rest, from_json(WEIGHTS.read_text("utf-8")))
    return found


def folds(judged: Judged, rows: np.ndarray, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Over groups, each with its share of every set and label; others by another seed."""
    if not len(rows):
        return []
    strata = np.unique([f"{name}/{label}" for name, label in zip(judged.column("set"), judged.labels, strict=True)], return_inverse=True)[1]
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    groups = judged.column("group")[rows]
    return [(rows[train], rows[test]) for train, test in splitter.split(rows, strata[rows], groups)]


def combinations(judged: Judged, rows: np.ndarray) -> dict[str, Combination]:
    """Of each set, by the length-controlled AUC of each signal on these rows."""
    found: dict[str, Combination] = {}
    for name in sorted(set(judged.column("set")[rows].tolist())):
        own = rows[judged.column("set")[rows] == name]
        weights = {signal: measured_on(judged, signal, own).weight for signal in judged.signals}
        found[name] = fit_combination(judged.labels[own], {signal: values[own] for signal, values in judged.signals.items()}, weights)
    return found


def combined(judged: Judged, rows: np.ndarray, weighed: dict[str, Combination]) -> Floats:
    """Usefulness of these rows; which set a text is from is not told."""
    signals = {signal: values[rows] for signal, values in judged.signals.items()}
    return usefulness(weighed, signals, {name: values[rows] for name, values in judged.set_similarity.items()})


def measured_on(judged: Judged, signal: str, rows: np.ndarray) -> Reliability:
    """One signal on these rows."""
    groups = judged.column("group")[rows].tolist()
    return measure_signal(judged.labels[rows], judged.signals[signal][rows], judged.lengths[rows], groups, ReliabilityRules())


def set_metrics(judged: Judged) -> dict[str, float]:
    """AUC of each signal on each set, its interval, the same among texts alike in length; by how much usefulness beats the best."""
    metrics: dict[str, float] = {}
    beaten = 0
    for name in sorted(set(judged.column("set").tolist())):
        rows, short = np.flatnonzero(judged.column("set") == name), SETS[name]
        areas: dict[str, float] = {}
        for signal in (one for one in SIGNALS if one in judged.signals):
            found = measured_on(judged, signal, rows)
            if np.isnan(found.auc):
                continue
            areas[signal] = found.auc
            metrics |= {f"n_{signal}_{short}": found.n, f"auc_{signal}_{short}": found.auc}
            for part, value in (("lo", found.auc_lo), ("hi", found.auc_hi), ("alike", found.auc_length_controlled),
                                ("alike_lo", found.auc_length_controlled_lo), ("alike_hi", found.auc_length_controlled_hi)):  # fmt: skip
                metrics[f"auc_{signal}_{short}_{part}"] = value
        leads = {
            signal: lead(judged, "usefulness", signal, rows) for signal in areas if signal != "usefulness" and enough(judged, signal, rows)
        }
        if leads:
            metrics[f"usefulness_above_best_{short}"] = min(leads.values())
            beaten += min(leads.values()) > 0
        for teacher in ("llm", "probe"):
            if teacher in areas:
                metrics[f"student_above_{teacher}_{short}"] = lead(judged, "student", teacher, rows)
    return metrics | {"sets_where_usefulness_is_best": beaten}


def enough(judged: Judged, signal: str, rows: np.ndarray) -> bool:
    """Whether a signal judged as many of these texts, of each label, as it takes to measure it: on four texts anything can be perfect."""
    labels = judged.labels[rows][~np.isnan(judged.signals[signal][rows])]
    return min((labels > MIDDLE).sum(), (labels < MIDDLE).sum()) >= ReliabilityRules().class_size_min


def lead(judged: Judged, first: str, second: str, rows: np.ndarray) -> float:
    """By how much the AUC of the first signal is above the second's, on the texts of these rows that the second has scored."""
    both = rows[~np.isnan(judged.signals[second][rows])]
    one, other = (auc(judged.labels[both], judged.signals[signal][both]) for signal in (first, second))
    return one - other


def agreement_metrics(judged: Judged, labels: Path) -> dict[str, float]:
    """AUC on the texts of dclm-human whose raters all agreed, and on those that most but not all called good or bad: what people do not
    agree on bounds what any judge can reach."""
    agreed = texts_agreed_on(labels)
    inside = judged.column("set") == "dclm-human"
    one_voice = np.array([text_key(text) in agreed for text in judged.column("text")])
    metrics: dict[str, float] = {}
    for part, own in (("agreed", inside & one_voice), ("divided", inside & ~one_voice)):
        rows = np.flatnonzero(own)
        if agreed and len(set(judged.labels[rows].tolist())) == 2:
            metrics[f"n_dclm_{part}"] = len(rows)
            metrics |= {f"auc_{signal}_dclm_{part}": measured_on(judged, signal, rows).auc for signal in COMPARED}
    return metrics


def texts_agreed_on(labels: Path) -> set[int]:
    """Keys of the texts of dclm-human that all raters called the same."""
    files = [path for path in find_sets(str(labels)) if path.name.startswith("dclm-human")]
    rows = [row for path in files for _, row in records(path)]
    return {text_key(str(row["text"])) for row in rows if row.get("label_all_agree") is not None}


def language_metrics(judged: Judged) -> dict[str, float]:
    """AUC within each language of hplt that has enough texts of both labels."""
    metrics: dict[str, float] = {}
    inside = judged.column("set") == "hplt-human-inspection"
    for language in sorted(set(judged.column("language")[inside].tolist())):
        rows = np.flatnonzero(inside & (judged.column("language") == language))
        if enough(judged, "usefulness", rows):
            for signal in COMPARED:
                metrics[f"auc_{signal}_hplt_{language}"] = measured_on(judged, signal, rows).auc
    return metrics


def measure_speed(anchors: pa.Table, client: ModelClient) -> dict[str, float]:
    """Documents a second of the probe, which reads each text with the language model, and of the student, in turns on the same texts.
    `client` must not have been asked about them: what is stored costs nothing."""
    texts, languages = anchors["text"].to_pylist(), anchors["language"].to_pylist()
    probe, prior = ProbeJudge(without_memory(bundled_probe()), "embedded"), bundled_prior()  # of texts it knows it asks no model
    probe.judge(["The model is loaded before."], client)
    prior.read(texts, languages)  # compiled and cached before
    taken = np.zeros(2)
    for start in range(0, len(texts), 10):
        part, own = texts[start : start + 10], languages[start : start + 10]
        began = time.perf_counter()
        probe.judge(part, client)
        between = time.perf_counter()
        for _ in range(STUDENT_ROUNDS):
            prior.read(part, own)
        taken += between - began, (time.perf_counter() - between) / STUDENT_ROUNDS
    speeds = len(texts) / taken
    return {"probe_docs_per_s": speeds[0], "student_docs_per_s": speeds[1], "student_speedup": speeds[1] / speeds[0]}


def print_report(metrics: dict[str, float], sets: list[str]) -> None:
    """For each set a line a signal: AUC with its interval, the same among texts alike in length."""
    for name in sets:
        short = SETS[name]
        print(f"\n{name:24} {'n':>5}  {'AUC':24} among texts alike in length")
        for signal in SIGNALS:
            key = f"auc_{signal}_{short}"
            if key in metrics:
                whole, alike = (interval(metrics, key + part) for part in ("", "_alike"))
                print(f"  {signal:22} {metrics[f'n_{signal}_{short}']:5.0f}  {whole:24} {alike}")
    print()
    for key, value in metrics.items():
        if not key.startswith(("auc_", "n_")) or len(key.partition("_hplt_")[2]) == len("eng") or key.endswith(("_agreed", "_divided")):
            print(f"{key:36} {value:12.4f}")


def interval(metrics: dict[str, float], key: str) -> str:
    return f"{metrics[key]:.3f} ({metrics[key + '_lo']:.3f} to {metrics[key + '_hi']:.3f})"


if __name__ == "__main__":
    sys.exit(main())
