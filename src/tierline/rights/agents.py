"""Names of crawlers, as robots rules address them: those that collect texts for training, and those of search."""

from __future__ import annotations

import re

# By what their operators publish about them: crawlers and control tokens (Google-Extended, Applebot-Extended) for the training of models.
# Agents that fetch a page because a user asked for it are no such crawlers.
AI_AGENTS = (
    "ai2bot",
    "amazonbot",
    "anthropic-ai",
    "applebot-extended",
    "bytespider",
    "ccbot",
    "claude-web",
    "claudebot",
    "cohere-ai",
    "cohere-training-data-crawler",
    "deepseekbot",
    "diffbot",
    "facebookbot",
    "google-cloudvertexbot",
    "google-extended",
    "gptbot",
    "img2dataset",
    "meta-externalagent",
    "omgili",
    "omgilibot",
    "pangubot",
    "perplexitybot",
    "timpibot",
    "webzio-extended",
    "youbot",
)
SEARCH_AGENTS = ("bingbot", "duckduckbot", "googlebot", "googlebot-news", "msnbot", "slurp", "yandex", "baiduspider", "applebot")
_TOKEN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def agent_name(text: str) -> str:
    """The name in a robots rule's address, in small letters and without a version: "GPTBot/1.2" is gptbot. "" if it is none."""
    found = _TOKEN.match(text.strip().lower())
    return found[0] if found else ""
