"""What is kept of a URL: no credentials, no script, no character that steers what shows it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from tierline.errors import BadInput

_CONTROLS = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Of a URL, of one behind a chain of file systems (simplecache::https://...), and of one that is a parameter's value.
_USERINFO = re.compile(r"((?:\A|::|=)(?:[A-Za-z][A-Za-z0-9+.-]{0,30}:)?//)[^/?#\\&]*@")
_PARAMETER = re.compile(r"([?&;#])([^=&;#?]{1,120})=[^&;#?]+")
_SECRET_NAME = re.compile(
    r"[\w.\[-]{0,40}(?:api[_-]?key|access[_-]?key|token|secret|passw(?:or)?d|passwd|pwd|signature|credential|session[_-]?id|sessid|cookies?)\]?"
    r"|key|sig|auth|authorization|sid|pass|pw",
    re.I,
)
_SCRIPTS = re.compile(r"(?:javascript|vbscript|data|blob|view-source):", re.I)


def kept_url(url: str | None) -> str | None:
    """A URL of a record as it is stored: without user name and password, the values of parameters that are named like secrets, and
    control and format characters; a space within it is written %20, as browsers do (WHATWG URL, 4.4). None where nothing is left or it
    is a script or data rather than an address.
    """
    clean = (url or "").strip().replace(" ", "%20")
    if not (clean.isascii() and clean.isprintable()):
        clean = _CONTROLS.sub("", clean)
    if not clean or _SCRIPTS.match(clean):
        return None
    return _without_secrets(clean)


def refuse_secrets(uri: str) -> None:
    """BadInput if the address of a crawl file holds a password or a signature: the lake keeps addresses, and everybody reads them."""
    shown = _without_secrets(uri)
    if shown != uri:
        advice = "give it without; fsspec takes credentials from its configuration or the environment (docs/security.md)"
        raise BadInput("the address holds a password, key or signature, which the lake would keep", shown, advice)


def _without_secrets(url: str) -> str:
    named = _USERINFO.sub(r"\1", url) if "@" in url else url
    return _PARAMETER.sub(_without_secret, named) if "=" in named else named


def _without_secret(parameter: re.Match[str]) -> str:
    return f"{parameter[1]}{parameter[2]}=" if _SECRET_NAME.fullmatch(unquote(parameter[2])) else parameter[0]
