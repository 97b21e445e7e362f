"""Keeps texts that address their judge from gaining: template tokens and invisible characters never reach a prompt."""

from __future__ import annotations

import re
import unicodedata

# Characters that readers do not see and models do: zero width, bidirectional controls, tags, soft hyphen.
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
# Control tokens of ChatML, Llama 2 and 3, Mistral, Gemma, Phi, Zephyr and of delimiters in this project's own form.
TEMPLATE = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|\[/?INST\]|\[/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS)\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<bos>|<eos>",
    re.IGNORECASE,
)
TURN = re.compile(r"^[ \t>*#]*(?:system|assistant|user|human|ai|instruction|response)[ \t]*:", re.IGNORECASE | re.MULTILINE)


def visible(text: str) -> str:
    """The text as a reader sees it: compatibility forms folded (NFKC), what has no width removed."""
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text))


def escape(text: str) -> str:
    """The text with nothing in it that a chat template or the prompt takes for its own; for the eyes of the model only."""
    broken = TEMPLATE.sub(lambda found: "(" + re.sub(r"[<>|\[\]]", "", found[0]) + ")", visible(text))
    return TURN.sub(lambda found: found[0].replace(":", " -"), broken)


# Each alternative is a verb of disregarding, then within a clause what is to be disregarded. Twelve languages.
DISREGARD = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|do not follow|stop following)\b[^.!?\n]{0,40}"
    r"\b(?:instructions?|prompts?|rules|criteria|directions|guidelines|rubric|everything (?:above|before))\b"
    r"|\b(?:ignor\w+|vergiss|missachte)\b[^.!?\n]{0,40}\b(?:anweisung\w*|vorgaben|regeln)\b"
    r"|\b(?:ignor\w+|oublie\w*)\b[^.!?\n]{0,40}\b(?:instructions|consignes|règles)\b"
    r"|\b(?:ignor\w+|olvida\w*|esque[cç]a\w*|desconsidere)\b[^.!?\n]{0,40}\b(?:instrucciones|instruções|reglas|regras)\b"
    r"|\b(?:ignora\w*|dimentica\w*)\b[^.!?\n]{0,40}\b(?:istruzioni|regole)\b"
    r"|\b(?:negeer|vergeet)\b[^.!?\n]{0,40}\b(?:instructies|regels)\b"
    r"|\b(?:zignoruj|zapomnij)\b[^.!?\n]{0,40}\b(?:instrukcj\w+|polece\w+)"
    r"|(?:игнорируй|забудь)\w*[^.!?\n]{0,40}(?:инструкци|указани|правил)\w*"
    r"|(?:talimatları|yönergeleri)[^.!?\n]{0,40}(?:yok say|unut|görmezden)"
    r"|(?:忽略|无视|忘记|無視)[^。!?\n]{0,20}(?:指令|指示|说明|规则)|(?:指示|命令)[^。!?\n]{0,12}無視"
    r"|(?:지시|명령)[^.!?\n]{0,12}무시|(?:تجاهل|انس)[^.!?\n]{0,30}(?:التعليمات|الأوامر|القواعد)"
    r"|(?:निर्देश)[^।!?\n]{0,20}(?:अनदेखा|नज़रअंदाज़)",
    re.IGNORECASE,
)
# The judge told what to answer, or spoken to as a judge.
FORCED = re.compile(
    r"\b(?:the (?:correct|right|only|final|expected) answer (?:is|must be|should be)|(?:you must |please |always |just |only )"
    r"(?:answer|reply|respond|output|choose|select)(?: with)?:?)"
    r"[ \t]*[\"'(*`]*(?:(?-i:[A-H])|[1-9]|10|yes)\b"
    r"|^[ \t]*(?:the )?answer(?: is)?[ \t:]+[\"'(*`]*[A-H][\"')*`.]*[ \t]*$"
    r"|\b(?:rate|score|grade|judge|mark|label|classify)\b[^.!?\n]{0,20}"
    r"\bthis (?:text|page|document|extract|website|article)\b[^.!?\n]{0,30}"
    r"\b(?:as|highest?|best|maximum|perfect|top|useful|[1-9]|10)\b"
    r"|[\"'](?:score|rating|usefulness|quality|answer)[\"'][ \t]*:[ \t]*[\"']?(?:[A-D]|[0-9.]+)\b[\"']?[ \t]*[,}]"
    r"|\b(?:note|message|attention|dear|hello|hey|hi|instructions?)\b[^.!?\n]{0,20}"
    r"\b(?:ai|llm|language model|grader|rater|annotator|classifier)\b",
    re.IGNORECASE | re.MULTILINE,
)
LOOKALIKES = str.maketrans("аеорсухіјѕԁһԛԝ", "aeopcyxijsdhqw")  # Cyrillic letters drawn like Latin ones
SENTENCE = re.compile(r"[^.!?。।\n]+[.!?。।]*")


def suspicious_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of the sentences of `visible(text)` that address a judge or a chat template, in order, none overlapping."""
    seen = visible(text)
    straight = seen.translate(LOOKALIKES)  # letter for letter, so that positions stay
    views = (seen, straight)
    found = [(match.start(), match.end()) for view in views for rule in (DISREGARD, FORCED, TEMPLATE) for match in rule.finditer(view)]
    spans: list[tuple[int, int]] = []
    for sentence in SENTENCE.finditer(seen):
        if any(start < sentence.end() and end > sentence.start() for start, end in found):
            spans.append(sentence.span())
    return spans


def ablated(text: str) -> str:
    """The visible text without its suspicious sentences."""
    seen, end = visible(text), 0
    kept: list[str] = []
    for start, stop in suspicious_spans(text):
        kept.append(seen[end:start])
        end = stop
    return "".join((*kept, seen[end:])).strip()
