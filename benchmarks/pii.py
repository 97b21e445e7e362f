"""Measures how much personal data is found, and how much else is mistaken for it, beside Presidio: planted in real text of many
scripts, and in e-mail headers.

No labeled set of personal data may be redistributed, so one is generated, the same every time (benchmarks/planted_pii.py).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from email import message_from_string
from email.utils import getaddresses
from functools import cache
from ipaddress import ip_address
from pathlib import Path

import tldextract
from presidio_analyzer import EntityRecognizer
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
)

from benchmarks.planted_pii import KINDS, Planted, Span, plant
from tierline.filters.pii import find

BUDGETS = {"smoke": 60, "small": 600, "full": 6_000}  # planted texts
SENTENCES = "labels/langid/leipzig-sentences.jsonl.gz"
PASSAGES = ("text/openstax.jsonl.gz", "labels/neardup/articles.jsonl.gz")
MAIL = "labels/spam/spamassassin.jsonl.gz"
TURNS = 3
COVERED = 0.9  # of a span's characters
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}")
RECEIVED_FROM = re.compile(r"[\[(](\d{1,3}(?:\.\d{1,3}){3})[\])]")


class OfflineEmailRecognizer(EmailRecognizer):
    """Presidio's, with the public suffix list that ships with tldextract instead of one from the network."""

    def validate_result(self, pattern_text: str) -> bool:
        """As Presidio's own."""
        return bool(SUFFIXES(pattern_text).fqdn)


SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
PEERS: dict[str, Callable[[], EntityRecognizer]] = {
    "EMAIL": OfflineEmailRecognizer,
    "IP": IpRecognizer,
    "CARD": CreditCardRecognizer,
    "IBAN": IbanRecognizer,
}


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.pii", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"a folder with {SENTENCES}")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    options = parser.parse_args(arguments)
    size = BUDGETS[options.budget]
    if not (options.data / SENTENCES).exists():
        parser.error(f"no {SENTENCES} below {options.data}; name a folder that holds it")
    texts = list(plant(read_sentences(options.data / SENTENCES), size))
    metrics = planted_metrics(texts, lambda one: find(one.text, one.language), "") | planted_metrics(texts, by_presidio, "_by_presidio")
    skipped = ["books", "mail"]
    passages = next((read_passages(options.data / name, size) for name in PASSAGES if (options.data / name).exists()), [])
    if passages:
        metrics |= plain_metrics(passages)
        skipped.remove("books")
    if (options.data / MAIL).exists():
        metrics |= mail_metrics(options.data / MAIL, size)
        skipped.remove("mail")
    for name, value in metrics.items():
        print(f"{name:36} {value:9.4f}")
    print(json.dumps({"benchmark": "pii", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def by_presidio(planted: Planted) -> list[Span]:
    """What Presidio's recognizers of patterns find, without the language models that only names need; for phone numbers it is told
    the region beside those that it expects."""
    found = [(one.start, one.end, kind) for kind, make in PEERS.items() for one in _peer(make).analyze(planted.text, _entities(make)) or ()]
    phones = _phone_peer(planted.region)
    found += [(one.start, one.end, "PHONE") for one in phones.analyze(planted.text, phones.supported_entities)]
    return sorted(set(found))


@cache
def _peer(make: Callable[[], EntityRecognizer]) -> EntityRecognizer:
    return make()


def _entities(make: Callable[[], EntityRecognizer]) -> list[str]:
    return _peer(make).supported_entities


@cache
def _phone_peer(region: str) -> PhoneRecognizer:
    return PhoneRecognizer(supported_regions=tuple({*PhoneRecognizer.DEFAULT_SUPPORTED_REGIONS, region}))


def planted_metrics(texts: Iterable[Planted], tags: Callable[[Planted], list[Span]], suffix: str) -> dict[str, float]:
    """Precision and recall over spans, in all, by kind and by script; a span is found where at least nine tenths of it carry the right
    tag, and right where at least nine tenths of it are personal data of its kind."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for planted in texts:
        tagged = tags(planted)
        for group in ("", f"_{planted.script}"):
            counts[group]["found"] += len(tagged)
            counts[group]["right"] += sum(is_covered(span, planted.spans) for span in tagged)
            counts[group]["present"] += len(planted.spans)
            counts[group]["hit"] += sum(is_covered(span, tagged) for span in planted.spans)
        for kind in KINDS:
            group = f"_{kind.lower()}"
            counts[group]["found"] += sum(span[2] == kind for span in tagged)
            counts[group]["right"] += sum(is_covered(span, planted.spans) for span in tagged if span[2] == kind)
            counts[group]["present"] += sum(span[2] == kind for span in planted.spans)
            counts[group]["hit"] += sum(is_covered(span, tagged) for span in planted.spans if span[2] == kind)
    shares = {"precision": ("right", "found"), "recall": ("hit", "present")}
    return {
        f"{name}{group}{suffix}": count[part] / max(1, count[whole])
        for group, count in counts.items()
        for name, (part, whole) in shares.items()
    }


def is_covered(span: Span, others: list[Span]) -> bool:
    """Whether one of the others has the span's kind and nearly all of its characters."""
    return any(covered(span, other) >= COVERED for other in others)


def covered(one: Span, other: Span) -> float:
    """Share of `one` that `other` covers with the same kind."""
    if one[2] != other[2]:
        return 0.0
    return max(0, min(one[1], other[1]) - max(one[0], other[0])) / (one[1] - one[0])


def plain_metrics(passages: list[str]) -> dict[str, float]:
    """What is found in books and articles as they are, where nearly nothing is personal, and the speed there."""
    megabytes = sum(len(text.encode()) for text in passages) / 1e6
    seconds: list[float] = []
    found = 0
    for _ in range(TURNS):
        began = time.process_time()
        found = sum(len(find(text, "en")) for text in passages)
        seconds.append(time.process_time() - began)
    return {"found_per_mb_of_books": found / megabytes, "mb_per_s_core": megabytes / statistics.median(seconds)}


def mail_metrics(path: Path, size: int) -> dict[str, float]:
    """Recall on real mail: the addresses of From, To and Cc as the standard library parses them, and hosts' public addresses in
    Received."""
    mailboxes = hosts = mailboxes_found = hosts_found = 0
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for _, line in zip(range(size), file, strict=False):
            message = message_from_string(json.loads(line)["raw_email_latin1"])
            text = "\n".join(f"{name}: {value}" for name, value in message.items())
            tagged = {text[start:end].lower() for start, end, _ in find(text)}
            headers = [str(value) for name in ("from", "to", "cc") for value in message.get_all(name, [])]
            addresses = {one.lower() for _, one in getaddresses(headers) if ADDRESS.fullmatch(one)}
            mailboxes, mailboxes_found = mailboxes + len(addresses), mailboxes_found + len(addresses & tagged)
            received = {one for value in message.get_all("received", []) for one in RECEIVED_FROM.findall(str(value)) if is_public(one)}
            hosts, hosts_found = hosts + len(received), hosts_found + len(received & tagged)
    return {"recall_mail_addresses": mailboxes_found / max(1, mailboxes), "recall_mail_hosts": hosts_found / max(1, hosts)}


def is_public(address: str) -> bool:
    """Whether it is an address, and one of a host on the public internet."""
    try:
        return ip_address(address).is_global
    except ValueError:
        return False


def read_sentences(path: Path) -> dict[str, list[str]]:
    """Sentences by language."""
    found: dict[str, list[str]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            found[row["lang"]].append(row["text"])
    return found


def read_passages(path: Path, limit: int) -> list[str]:
    """Passages of about 600 characters."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for _, line in zip(range(limit), file, strict=False)]
    return [text[start : start + 600] for text in texts for start in range(0, min(len(text), 3_000), 600)]


if __name__ == "__main__":
    sys.exit(main())
