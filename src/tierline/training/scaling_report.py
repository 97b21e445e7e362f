"""Says on the report's page whether the effect grows or shrinks with size: a sentence, a figure, a table, and what others found."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from tierline.display import TextTable
from tierline.training.figures import FLAT_COLOR
from tierline.training.literature import literature_table
from tierline.training.scaling import COMPARED, Cell, Scaling
from tierline.training.statistics import Interval

SIZES = {"model": "the model and its tokens", "corpus": "the corpus"}
COLORS = ("#9bc7ad", "#5a9f76", "#1d5a38")  # smaller corpora are lighter
CANNOT = "cannot be told"


@dataclass(frozen=True, slots=True)
class ScalingSection:
    """What the page shows: a sentence, a PNG in base64, how it was measured, tables with their headings."""

    finding: str
    picture: str
    method: str
    tables: tuple[tuple[str, TextTable], ...]


def scaling_section(scaling: Scaling) -> ScalingSection:
    """The section of an experiment whose sizes have run."""
    tables = (("Gain by size", scaling_table(scaling)), ("What others found", literature_table()))
    return ScalingSection(scaling_line(scaling), _picture(scaling), scaling_method(scaling), tables)


def scaling_line(scaling: Scaling) -> str:
    """One sentence: whether the effect grows or shrinks with the size of the model, and of the corpus."""
    slopes = scaling.slopes
    if not slopes:
        return f"Whether the gain grows or shrinks with size {CANNOT}: too few sizes could be run."
    said = "; ".join(_said(slopes[name], words) for name, words in SIZES.items())
    return f"{said[0].upper()}{said[1:]}."


def scaling_method(scaling: Scaling) -> str:
    """What differs between the sizes and what does not, as far as a reader must know it."""
    recipe = scaling.recipe
    return (
        f"The claim's comparison with {len(scaling.ran)} sizes and {len(recipe.seeds)} seeds each, which are neither the registered ones "
        f"nor the pilot's; it is no part of what is registered. A whole run takes {recipe.tokens_per_parameter:g} tokens for each "
        "parameter of its model, so that a doubling of the model is one of its tokens too; smaller corpora are whole sources in natural "
        "shares; what is held out, and the tokenizer, are the same for all. Learning rates are the registered ones by the inverse square "
        "root of the width. Intervals by Student's t: of a size from the spread of seeds within all sizes, of a slope from the residuals "
        f"of one plane through all seeds of all sizes.{''.join(f' {_reason(cell)}' for cell in scaling.cells if cell.left_out)}"
    )


def scaling_table(scaling: Scaling) -> TextTable:
    """A line a size."""
    heads = ("model", "parameters", "corpus", "its tokens", "tokens of a run", "gain in K", "95% interval", "held-out web", "placebo")
    return TextTable(heads, [_row(scaling, cell) for cell in scaling.cells], frozenset())


def _reason(cell: Cell) -> str:
    return f"Width {cell.width} with {cell.share:.0%} of the corpus is left out: {cell.left_out}."


def _row(scaling: Scaling, cell: Cell) -> tuple[str, ...]:
    size = (f"width {cell.width}", f"{cell.parameters:,}", f"{cell.share:.0%}", f"{cell.unique:,}", f"{cell.tokens:,}")
    if not cell.gains:
        return (*size, "left out", "", "", "")
    gain, placebo = scaling.mean(cell), scaling.mean(cell, "placebo")
    web = f"{scaling.mean(cell, 'web').value:+.4f}" if cell.web else ""
    return (*size, f"{gain.value:+.4f}", f"[{gain.low:+.4f}, {gain.high:+.4f}]", web, f"{placebo.value:+.4f}")


def _said(slope: Interval, words: str) -> str:
    amount = f"{slope.value:+.4f} bits per byte a doubling, 95% interval [{slope.low:+.4f}, {slope.high:+.4f}]"
    if slope.within_noise:
        return f"whether the gain grows or shrinks with the size of {words} {CANNOT} ({amount})"
    return f"the gain {'grows' if slope.value > 0 else 'shrinks'} with the size of {words} ({amount})"


def _picture(scaling: Scaling) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.5, 4.2), dpi=110, layout="constrained")
    panel = figure.subplots()
    shares = sorted({cell.share for cell in scaling.ran})
    for number, share in enumerate(shares):
        cells = [cell for cell in scaling.ran if cell.share == share]
        means = [scaling.mean(cell) for cell in cells]
        places = [cell.parameters * 1.04 ** (number - (len(shares) - 1) / 2) for cell in cells]  # side by side, so that bars can be seen
        color = COLORS[round(number * (len(COLORS) - 1) / max(1, len(shares) - 1))]
        spread = [[own.value - own.low for own in means], [own.high - own.value for own in means]]
        label = f"{share:.0%} of the corpus, {cells[0].unique / 1e6:.2g} million tokens"
        panel.errorbar(places, [own.value for own in means], yerr=spread, fmt="o-", color=color, capsize=3, label=label)
        placebos = [scaling.mean(cell, "placebo").value for cell in cells]
        panel.plot(places, placebos, "x", color=color, markersize=5, label="placebo" if number == len(shares) - 1 else None)
    panel.axhline(0, color=FLAT_COLOR, linewidth=0.8)
    panel.set_xscale("log", base=2)
    sizes = sorted({cell.parameters for cell in scaling.ran})
    panel.set_xticks(sizes, [f"{size / 1e6:.2g}M" for size in sizes])
    panel.minorticks_off()
    panel.set(xlabel="parameters (tokens of a run in proportion)", ylabel="gain in K, bits per byte")
    panel.set_title(f"{COMPARED[1]} over {COMPARED[0]}: above 0 the tiers with 60% of the compute are better", fontsize=10)
    panel.legend(frameon=False, fontsize=8)
    scratch = io.BytesIO()
    figure.savefig(scratch, format="png")
    return base64.b64encode(scratch.getvalue()).decode()
