"""Texts that loops over bytes get wrong: every kind of space, scripts without spaces, signs beyond 16 bits, marks, lone surrogates."""

from hypothesis import strategies as st

NASTY = "aB é.,-'\"…#{}()[]•*0٣\n\r\t\x00\x1c\x85\u00a0\u2003\u2028\u3000中かไက한。！?؟।ΣİßǅÅ\u0301\u200d\ufeff𝒳𐍈😀\U0003ffff\ud800▁"
PIECES = st.sampled_from(
    [
        *("\n", "\n\n", " ", "the ", "the end. ", "a b c d e f ", "a b c d e f ", "Mr. X?! ", "。", "...", ". . .", "- x\n", "word " * 4),
        *("elevenchars ", "tencharact ", "one, two، three、 ", "(so it is) ", "[so it is]\n", "so it is]\n", "Dr. No IBM NATO Xx "),
        " ".join(f"{one}{other}" for one in "abcdefghij" for other in "klmnopqrst") + " ",
    ]
)
TEXT = st.text(st.sampled_from(NASTY), max_size=60) | st.text(max_size=40) | st.lists(PIECES, max_size=14).map("".join)
TEXTS = st.lists(TEXT, max_size=5)


def valid(text: str) -> str:
    """The text as kernels are given it: a lone surrogate is a question mark."""
    return text.encode("utf-8", "replace").decode()
