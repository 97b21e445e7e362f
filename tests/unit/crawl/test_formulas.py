"""Formulas become TeX: from annotations, scripts and images, or from the presentation markup itself; decoration becomes nothing."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.formulas import MAX_DEPTH, formula, image_tex, math_tex, presentation_tex


def node(markup: str, tag: str):
    found = LexborHTMLParser(f"<body>{markup}").css_first(tag)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>", "$\\frac{a}{b}$"),
        ("<math><msqrt><mi>x</mi></msqrt></math>", "$\\sqrt{x}$"),
        ("<math><mroot><mi>x</mi><mn>3</mn></mroot></math>", "$\\sqrt{x}[3]$"),
        ("<math><msub><mi>a</mi><mn>1</mn></msub></math>", "$a_{1}$"),
        ("<math><msup><mi>a</mi><mn>2</mn></msup></math>", "$a^{2}$"),
        ("<math><msubsup><mi>a</mi><mn>1</mn><mn>2</mn></msubsup></math>", "$a_{1}^{2}$"),
        ("<math><munderover><mo>∑</mo><mn>0</mn><mi>n</mi></munderover></math>", "$∑_{0}^{n}$"),
        ("<math><mfrac><msup><mi>a</mi><mn>2</mn></msup><mi>b</mi></mfrac></math>", "$\\frac{a^{2}}{b}$"),
        ("<math><mrow><mi>a</mi><mo>=</mo><mn>1</mn></mrow></math>", "$a = 1$"),
        ("<math display=block><mi>a</mi></math>", " $$a$$ "),
        ("<math alttext='a^2'><mi>drawn</mi></math>", "$a^2$"),
        ("<math></math>", ""),
        ("<math><mfrac><mi>a</mi></mfrac></math>", "$a$"),  # a fraction without a denominator is what it holds
        ("<math><mi>a%s</mi><mo>{}</mo></math>", "$a%s {}$"),  # text that looks like a pattern is text
    ],
)
def test_mathml_is_tex(markup, expected):
    assert math_tex(node(markup, "math")) == expected


def test_an_annotation_in_tex_wins_over_what_is_drawn_and_one_in_another_language_does_not():
    drawn = "<semantics><mi>x</mi><annotation encoding='{}'>y^2</annotation></semantics>"
    assert math_tex(node(f"<math>{drawn.format('application/x-tex')}</math>", "math")) == "$y^2$"
    assert math_tex(node(f"<math>{drawn.format('StarMath 5.0')}</math>", "math")) == "$x$"


@pytest.mark.parametrize(
    ("markup", "tag", "expected"),
    [
        ("<script type='math/tex'>a + b</script>", "script", "$a + b$"),
        ("<script type='math/tex; mode=display'>a</script>", "script", " $$a$$ "),
        ("<script>var a = 1</script>", "script", ""),
        ("<script type='application/ld+json'>{}</script>", "script", ""),
        ("<span class='katex-html'><i>a</i></span>", "span", ""),
        ("<span class='MathJax_Preview'>a</span>", "span", ""),
        ("<span class='note'>a</span>", "span", None),
        ("<span>a</span>", "span", None),
        ("<img class='tex' alt='$a_1$'>", "img", "$a_1$"),
        ("<img class='photo' alt='a lock'>", "img", ""),
        ("<p>a</p>", "p", None),
    ],
)
def test_what_a_node_adds_to_its_text(markup, tag, expected):
    assert formula(node(markup, tag)) == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"class": "mwe-math-fallback-image-display", "alt": "{\\displaystyle x}"}, " $$x$$ "),
        ({"class": "Latex", "alt": " a   b "}, "$a b$"),
        ({"class": "latex", "alt": ""}, ""),
        ({"class": "latex", "alt": None}, ""),
        ({"alt": "x"}, ""),
        ({"class": "tex", "alt": "$$"}, ""),
    ],
)
def test_images_of_formulas_say_them_in_their_alternative_text(attributes, expected):
    assert image_tex(attributes) == expected


def test_markup_nested_beyond_the_bound_is_its_text():
    deep = "<msqrt>" * (MAX_DEPTH + 20) + "<mi>x</mi>" + "</msqrt>" * (MAX_DEPTH + 20)
    tex = presentation_tex(node(f"<math>{deep}</math>", "math"))
    assert tex.count("\\sqrt") == MAX_DEPTH and "x" in tex
