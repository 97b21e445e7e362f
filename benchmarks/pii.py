"""Measures how much personal data is found, and how much else is mistaken for it: planted in real text, and in e-mail headers.

No labeled set of personal data may be redistributed, so one is generated, the same every time: numbers and addresses by the rules of
their kind, and look-alikes that are not personal data, each in a sentence, each sentence in a passage of the textbooks (or else the
articles) below DIR.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import string
import sys
import time
from collections.abc import Callable, Iterator
from email import message_from_string
from email.utils import getaddresses
from pathlib import Path

from tierline.filters.pii import IBAN_LENGTHS, Span, find

BUDGETS = {"smoke": 400, "small": 2_000, "full": 8_000}  # planted passages
PASSAGES = ("text/openstax.jsonl.gz", "labels/neardup/articles.jsonl.gz")
MAIL = "labels/spam/spamassassin.jsonl.gz"
KINDS = ("EMAIL", "PHONE", "IP", "CARD", "IBAN")
SEED, TURNS = 11, 3
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}")
RECEIVED_FROM = re.compile(r"[\[(](\d{1,3}(?:\.\d{1,3}){3})[\])]")
SENTENCES = {
    "EMAIL": ("Write to {} before Friday.", "Contact: {}", "<{}> wrote:", "地址是{}，谢谢", "Bei Fragen: {}, danke.", "({})"),
    "PHONE": ("Call {} at noon.", "Tel. {}", "Phone: {}, Mon-Fri", "Sie erreichen uns unter {}.", "тел.: {}", "电话：{}", "{}"),
    "IP": ("The server at {} is down.", "Blocked {} again", "from [{}] by mail", "host={};"),
    "CARD": ("My card is {}.", "Card number: {}", "paid with {} on Monday"),
    "IBAN": ("IBAN: {}", "Please pay to {} by May.", "Konto {} BIC"),
}
# In forms # is a digit and % one from 2 to 9.
PHONES = """
+1 %## %## ####|+1-%##-%##-####|(%##) %##-####|%##-%##-####|%##.%##.####|1-800-%##-####|+44 20 #### ####|+49 30 ######|+49 (0)89 ######
030 ########|+33 1 ## ## ## ##|01 ## ## ## ##|+420 %## ### ###|00420 %## ### ###|+7 (495) ###-##-##|8 (495) ###-##-##|+86 10 #### ####
+81-3-####-####|03-####-####|+34 9## ## ## ##|020 #### ####|+91 9#### #####|+48 ### ### ###|(0##) ### ####|+358 9 ### ####|0%### ######
"""
LOOK_ALIKES = """
Version 1#.#.1##.1## was released.|See section %.1.#.1 for more.|Chrome/9#.0.4###.1## Safari/537.36|ISBN 978-#-###-#####-# is a book.
ISBN-10: 0-###-#####-#|ISSN ####-####, volume 1#(#), %##-9##|It ran from 1#/0%/19## to 20##-0%-1#.|1#.0%.19## 1#:1#:3#|ZIP #####-####
It costs $1,###,###.00 or %## ###,00 €.|Item no. ###-###-#### is sold out.|arXiv:%0##.#####, doi:10.####/s#####-###-####-#
at 48.######, 11.###### by GPS|Numbers were 19## 19## 20## 20##.|sha256 a#b#c#####d#f#e##a##b###c|192.168.1#.1## and 10.0.1#.## stay.
See logo@2x.png and git@github.com:some/repo.git.|They won #:# after 1#:4#:3#, ratio 1:2:3:4.|In 18##-20##, %## of %### ####
std::vector<int> a::b; # @param x #######|card|account
"""


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.pii", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with text/ and labels/")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    options = parser.parse_args(arguments)
    size = BUDGETS[options.budget]
    passages = next((read_passages(options.data / name, size) for name in PASSAGES if (options.data / name).exists()), [])
    if not passages:
        parser.error(f"none of {', '.join(PASSAGES)} below {options.data}; name a folder that holds one")
    metrics = planted_metrics(plant(passages, size)) | plain_metrics(passages)
    mail = options.data / MAIL
    if mail.exists():
        metrics |= mail_metrics(mail, size)
    for name, value in metrics.items():
        print(f"{name:24} {value:9.4f}")
    skipped = [] if mail.exists() else ["mail"]
    print(json.dumps({"benchmark": "pii", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def plant(passages: list[str], size: int) -> Iterator[tuple[str, list[Span]]]:
    """(text, its personal data): two in three passages get some, each gets a look-alike."""
    chance = random.Random(SEED)
    for number in range(size):
        text, spans = chance.choice(passages), []
        for kind in (KINDS[number % len(KINDS)],) if number % 3 else ():
            before, after = chance.choice(SENTENCES[kind]).split("{}")
            value = MAKERS[kind](chance)
            spans.append((len(text) + 1 + len(before), len(text) + 1 + len(before) + len(value), kind))
            text = f"{text}\n{before}{value}{after}"
        yield f"{text}\n{look_alike(chance)}", spans


def planted_metrics(texts: Iterator[tuple[str, list[Span]]]) -> dict[str, float]:
    """Precision and recall over spans, in all and by kind; a span is found where at least nine tenths of it carry the right tag."""
    found, right, present, hit = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
    for text, spans in texts:
        tagged = find(text)
        for span in tagged:
            found[span[2]] += 1
            right[span[2]] += any(covered(span, gold) >= 0.9 for gold in spans)
        for gold in spans:
            present[gold[2]] += 1
            hit[gold[2]] += any(covered(gold, span) >= 0.9 for span in tagged)
    metrics = {
        "precision": sum(right.values()) / max(1, sum(found.values())),
        "recall": sum(hit.values()) / max(1, sum(present.values())),
    }
    for kind in KINDS:
        metrics[f"precision_{kind.lower()}"] = right[kind] / max(1, found[kind])
        metrics[f"recall_{kind.lower()}"] = hit[kind] / max(1, present[kind])
    return metrics


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
        found = sum(len(find(text)) for text in passages)
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
    """Not private, not local, not reserved, and an address at all."""
    parts = [int(part) for part in address.split(".")]
    local = parts[0] in (0, 10, 127) or parts[:2] == [192, 168] or (parts[0] == 172 and 16 <= parts[1] < 32) or parts[:2] == [169, 254]
    return max(parts) < 256 and parts[0] < 224 and not local and not (parts[0] == 100 and 64 <= parts[1] < 128) and parts[:2] != [198, 18]


def read_passages(path: Path, limit: int) -> list[str]:
    """Passages of about 600 characters."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for _, line in zip(range(limit), file, strict=False)]
    return [text[start : start + 600] for text in texts for start in range(0, min(len(text), 3_000), 600)]


def mailbox(chance: random.Random) -> str:
    """An address as people have them."""
    name = "".join(chance.choices(string.ascii_lowercase, k=chance.randint(2, 8)))
    local = chance.choice([name, f"{name}.{name[::-1]}", f"{name}_{chance.randint(1, 99)}", f"{name}+list", f"{name[0].upper()}.{name}"])
    host = chance.choice(["mail", "post-office", "uni", "a1"]) + chance.choice([".com", ".co.uk", ".de", ".org", ".museum", ".com.br"])
    spelt = [f"{local} (at) {host}", f"{local}[at]{host}", f"{local} (at) {host.replace('.', ' (dot) ')}"]
    return chance.choice([f"{local}@{host}"] * 6 + spelt)


def phone(chance: random.Random) -> str:
    """A number in one of the usual national and international forms."""
    return "".join(fill(chance, one) for one in chance.choice(forms(PHONES)))


def forms(text: str) -> list[str]:
    """The forms of a list: a line or a bar ends each."""
    return text.strip().replace("\n", "|").split("|")


def fill(chance: random.Random, one: str) -> str:
    """The character of a form, or the digit that it stands for."""
    return str(chance.randint(2, 9)) if one == "%" else str(chance.randint(0, 9)) if one == "#" else one


def address(chance: random.Random) -> str:
    """A public IPv4 or IPv6 address."""
    if chance.random() < 0.25:
        return f"2a01:{chance.randrange(16**4):x}:{chance.randrange(1, 16**4):x}::{chance.randrange(1, 16**4):x}"
    while True:
        found = ".".join(str(chance.randint(1, 254)) for _ in range(4))
        if is_public(found) and not found.startswith(("198.51.", "203.0.", "192.0.", "192.88.")):
            return found


def card(chance: random.Random, right: bool = True) -> str:
    """A card number that passes the Luhn check, or one that fails it."""
    prefix, length = chance.choice([("4", 16), ("51", 16), ("55", 16), ("2300", 16), ("37", 15), ("6011", 16)])
    digits = prefix + "".join(chance.choices(string.digits, k=length - len(prefix) - 1))
    total = sum(int(one) if index % 2 else sum(divmod(2 * int(one), 10)) for index, one in enumerate(reversed(digits)))
    digits += str((-total + (0 if right else 3)) % 10)
    groups = (4, 6, 5) if length == 15 else (4, 4, 4, 4)
    parts = [digits[sum(groups[:at]) : sum(groups[: at + 1])] for at in range(len(groups))]
    return chance.choice(["", " ", "-"]).join(parts)


def account(chance: random.Random, right: bool = True) -> str:
    """An IBAN that passes its check, or one that fails it."""
    country = chance.choice(["DE", "GB", "FR", "NL", "PL", "NO", "ES", "CH"])
    bank = "".join(chance.choices(string.ascii_uppercase, k=4)) if country in ("GB", "NL") else ""
    rest = bank + "".join(chance.choices(string.digits, k=IBAN_LENGTHS[country] - 4 - len(bank)))
    check = 98 - int("".join(str(int(one, 36)) for one in rest + country + "00")) % 97
    whole = f"{country}{check if right else (check + 7) % 97 + 2:02d}{rest}"
    return whole if chance.random() < 0.4 else " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))


def look_alike(chance: random.Random) -> str:
    """A sentence with numbers or signs that are not personal."""
    form = chance.choice(forms(LOOK_ALIKES))
    if form == "card":
        return f"Not a card: {card(chance, False)}."
    if form == "account":
        return f"Not an account: {account(chance, False)}."
    return "".join(fill(chance, one) for one in form)


MAKERS: dict[str, Callable[[random.Random], str]] = {"EMAIL": mailbox, "PHONE": phone, "IP": address, "CARD": card, "IBAN": account}

if __name__ == "__main__":
    sys.exit(main())
