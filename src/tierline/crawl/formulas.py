"""Finds the TeX source of formulas: MathML annotations, MathJax scripts, alternative texts of formula images."""

from __future__ import annotations

from typing import Any

IMAGE_CLASSES = ("mwe-math-fallback-image", "tex", "latex", "math", "equation")
MAX_DEPTH = 50  # of formulas
_DRAWN = ("katex-html", "MathJax")  # what KaTeX and MathJax 2 draw from the source beside it


def formula(node: Any) -> str | None:
    """`$…$` of a <math>, <script>, <img>, <span> or <mjx-container>; '' if none of it is text (scripts, images, a
    formula drawn once more for the eye); None if its content is text like any other."""
    tag, attributes = node.tag, node.attributes
    if tag == "span":
        names = attributes.get("class")
        return "" if names and names.startswith(_DRAWN) else None
    if tag == "math":
        return math_tex(node)
    if tag == "script":
        return script_tex(node)
    return image_tex(attributes) if tag == "img" else None


def math_tex(node: Any) -> str:
    """`$…$` from the TeX annotation of a <math> element, else what its presentation markup says in TeX."""
    block = node.attributes.get("display") == "block"
    for note in node.css("annotation"):
        if "tex" in (note.attributes.get("encoding") or "").lower():
            return _wrap(note.text(), block)
    alternative = node.attributes.get("alttext")
    return _wrap(alternative or presentation_tex(node), block)


def script_tex(node: Any) -> str:
    """`$…$` from <script type="math/tex">, '' from any other script."""
    kind = node.attributes.get("type") or ""
    if not kind.startswith("math/tex"):
        return ""
    return _wrap(node.text(), "mode=display" in kind)


def image_tex(attributes: dict[str, str | None]) -> str:
    """`$…$` from the alternative text of a formula's image, '' from any other image."""
    names, alternative = attributes.get("class"), attributes.get("alt")
    if not names or not alternative or not names.lower().startswith(IMAGE_CLASSES):
        return ""
    return _wrap(alternative, "image-display" in names)


def presentation_tex(node: Any, depth: int = 0) -> str:
    """TeX of MathML presentation markup: fractions, roots, scripts; anything else, and markup nested too deeply, in reading order."""
    if depth > MAX_DEPTH or node.tag == "-text":
        return " ".join(node.text().split())
    children = [child for child in node.iter(include_text=True) if child.tag not in ("-comment", "annotation", "annotation-xml")]
    parts = [presentation_tex(child, depth + 1) for child in children]
    parts = [part for part in parts if part]
    pattern = _PATTERNS.get(node.tag)
    if pattern and len(parts) == pattern.count("{}"):
        return pattern.replace("{}", "\0").replace("{{", "{").replace("}}", "}").replace("\0", "%s") % tuple(parts)
    return ("" if node.tag in ("mi", "mn", "mo", "mtext") else " ").join(parts)


_PATTERNS = {
    "mfrac": "\\frac{{{}}}{{{}}}",
    "msqrt": "\\sqrt{{{}}}",
    "mroot": "\\sqrt{{{}}}[{}]",
    "msup": "{}^{{{}}}",
    "msub": "{}_{{{}}}",
    "msubsup": "{}_{{{}}}^{{{}}}",
    "munder": "{}_{{{}}}",
    "mover": "{}^{{{}}}",
    "munderover": "{}_{{{}}}^{{{}}}",
}


def _wrap(tex: str, block: bool) -> str:
    tex = " ".join(tex.split())
    if tex.startswith("{\\displaystyle ") and tex.endswith("}"):
        tex = tex[len("{\\displaystyle ") : -1].strip()
    tex = tex.strip("$ ").strip()
    if not tex:
        return ""
    return f" $${tex}$$ " if block else f"${tex}$"
