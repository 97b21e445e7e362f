"""Where a process looks, writes and tells: no row depends on these variables, so they are looked at before anything else begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tierline.config.environment import Environment
from tierline.errors import BadInput

CRAWL_ROOT = "TIERLINE_CRAWL_ROOT"
WEBHOOK = "TIERLINE_ALERT_WEBHOOK"
OPENLINEAGE = "TIERLINE_OPENLINEAGE"
OPENLINEAGE_KEY = "TIERLINE_OPENLINEAGE_KEY"
AUDIT_PAGE = "TIERLINE_AUDIT_URL"
PROXY_KEY_CHARACTERS = 24


@dataclass(frozen=True, slots=True)
class Places:
    """Folders that are made when they are needed; the inbox may be a prefix of a remote file system. The webhook's address is its key,
    so it is looked at and not kept."""

    inbox: str
    feedback: str
    exports: str
    tables: str
    training: str

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None) -> Places:
        """As the variables say, by default those of the process as they are now. BadInput names the first that cannot be meant."""
        given = Environment(environment)
        given.folder(CRAWL_ROOT)
        given.web_address(WEBHOOK)
        given.file_or_web_address(OPENLINEAGE)
        given.web_address(AUDIT_PAGE)
        return cls(
            inbox=given.new_folder("TIERLINE_INBOX", ".tierline/inbox", remote=True),
            feedback=given.new_folder("TIERLINE_FEEDBACK", ".tierline/feedback"),
            exports=given.new_folder("TIERLINE_EXPORTS", ".tierline/mixes"),
            tables=given.new_folder("TIERLINE_TABLES", ".tierline/tables"),
            training=given.new_folder("TIERLINE_TRAINING", ".tierline/training"),
        )


@dataclass(frozen=True, slots=True)
class ReviewPlaces:
    """Where reviewers' tokens are kept, or which proxy says who asks: the header in which it does, the key that it shares with the page
    (empty where there is no header), and the addresses from which it connects."""

    reviewers: str
    header: str
    key: str = field(repr=False)
    proxies: tuple[str, ...]

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] | None = None) -> ReviewPlaces:
        """As the variables say. BadInput where a header is named and no key: whoever can connect could be anybody."""
        given = Environment(environment)
        header, key = given.get("TIERLINE_REVIEW_HEADER").strip(), given.get("TIERLINE_REVIEW_PROXY_KEY")
        if header and len(key) < PROXY_KEY_CHARACTERS:
            do = f"give both one of {PROXY_KEY_CHARACTERS} characters or more, which the proxy sends in X-Tierline-Proxy-Key"
            raise BadInput("a header that says who asks needs a key", "TIERLINE_REVIEW_PROXY_KEY", do)
        proxies = tuple(given.get("TIERLINE_REVIEW_PROXIES", "127.0.0.1 ::1").replace(",", " ").split())
        return cls(given.get("TIERLINE_REVIEWERS", ".tierline/reviewers.json"), header, key, proxies)


def audit_page(environment: Mapping[str, str] | None = None) -> str:
    """Where those who look at assets reach `tierline serve`, without a slash at the end; "" if nobody says. BadInput for no address."""
    return Environment(environment).web_address(AUDIT_PAGE).rstrip("/")
