"""The effect at several sizes: what is planted in the slopes is said, noise is not, and what was run is not run again."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.training.corpus_rows import made_rows
from tests.unit.training.test_findings import findings_of
from tests.unit.training.test_session import PREPARED, ROWS, TINY
from tierline.display import markdown_table
from tierline.errors import BadInput
from tierline.training import experiment
from tierline.training.arms import Rates
from tierline.training.literature import literature_table
from tierline.training.pilot import PilotResult
from tierline.training.prepare import prepare
from tierline.training.recipe import ModelShape
from tierline.training.registration import register
from tierline.training.report import render, write_report
from tierline.training.scaling import FILE, Cell, Scaling, ScalingRecipe, parameters_of, rates_for, read_scaling, run_scaling, shape_for
from tierline.training.scaling_report import scaling_line, scaling_section, scaling_table
from tierline.training.session import Session
from tierline.training.subsample import sources_by_row

SOURCES = sources_by_row(ROWS)
SMALL = ScalingRecipe(widths=(8, 16), shares=(0.5, 1.0), tokens_per_parameter=0.12, seeds=(21, 22))
PILOT = PilotResult(TINY.tokens, 1e4, Rates({"flat": 0.01, "tier": 0.02}, 0.05), TINY.phases, 0.0, 0.1, 0.1, False, (TINY.phases,), [])


def planted(model: float, corpus: float, noise: float = 0.002, seeds: int = 2) -> Scaling:
    """Nine cells whose gains change by what is planted with every doubling."""
    draw, cells = np.random.default_rng(0), []
    for number, parameters in enumerate((40_000, 100_000, 320_000)):
        for share in (0.25, 0.5, 1.0):
            level = 0.01 + model * np.log2(parameters / 40_000) + corpus * np.log2(share)
            gains = tuple((level + draw.normal(0, noise, seeds)).tolist())
            placebo = tuple(draw.normal(0, noise, seeds).tolist())
            cells.append(Cell("x", 24 * 2**number, parameters, share, int(1e6 * share), 10 * parameters, gains, gains, placebo))
    return Scaling("d" * 64, ScalingRecipe((24, 48, 96), (0.25, 0.5, 1.0), 10), tuple(cells))


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scaling")
    register(PREPARED, PILOT, folder)
    return Session(PREPARED, folder)


@pytest.fixture(scope="module")
def said():
    return list[str]()


@pytest.fixture(scope="module")
def scaling(session, said):
    return run_scaling(session, SOURCES, SMALL, said.append)


def test_slopes_are_found_with_their_size_and_sign():
    slopes = planted(0.01, -0.004).slopes
    assert slopes["model"].low < 0.01 < slopes["model"].high and slopes["corpus"].low < -0.004 < slopes["corpus"].high
    assert slopes["model"].high - slopes["model"].low < 0.005
    line = scaling_line(planted(0.01, -0.004))
    assert (
        line.startswith("The gain grows with the size of the model and its tokens (+0.0") and "shrinks with the size of the corpus" in line
    )
    assert "cannot be told" not in line


def test_noise_is_no_slope():
    line = scaling_line(planted(0.0, 0.0))
    assert line.startswith("Whether the gain grows or shrinks with the size of the model and its tokens cannot be told (")
    assert line.count("cannot be told") == 2


def test_one_size_has_no_slope():
    one = planted(0.01, 0.0)
    found = replace(one, cells=tuple(cell for cell in one.cells if cell.width == 24))
    assert found.slopes == {} and scaling_line(found).endswith("cannot be told: too few sizes could be run.")


def test_a_cells_interval_pools_the_spread_of_all_cells():
    found = planted(0.01, 0.0)
    widths = {round(own.high - own.low, 12) for own in map(found.mean, found.cells)}
    assert len(widths) == 1 and found.mean(found.cells[0]).value == pytest.approx(np.mean(found.cells[0].gains))


def test_models_differ_in_width_alone_and_rates_by_its_square_root():
    base = ModelShape()
    assert shape_for(96, base) == base and shape_for(48, base) == replace(base, width=48, heads=2, hidden=128)
    assert rates_for(24, 96, Rates({"flat": 0.006}, 0.05)) == Rates({"flat": 0.012}, 0.05)
    assert parameters_of(base) == 319_968
    with pytest.raises(BadInput, match="width 50 has no whole number of heads; give multiples of 24"):
        shape_for(50, base)


def test_every_size_has_gains_and_a_placebo_of_its_own_seeds(session, scaling, said):
    assert [(cell.width, cell.share) for cell in scaling.cells] == [(8, 0.5), (8, 1.0), (16, 0.5), (16, 1.0)]
    for cell in scaling.cells:
        assert len(cell.gains) == len(cell.placebo) == len(cell.web) == 2 and not cell.left_out
        assert cell.tokens == pytest.approx(0.12 * cell.parameters, abs=32) and cell.parameters == parameters_of(
            shape_for(cell.width, TINY.model)
        )
    assert scaling.cells[0].unique == pytest.approx(scaling.cells[1].unique / 2, rel=0.1)
    assert len(said) == 4 and said[0].startswith("width 8, ") and "gain " in said[0]
    metrics = scaling.metrics()
    assert (
        metrics["scale_cells"] == 4 and metrics["scale_model_slope_lo"] <= metrics["scale_model_slope"] <= metrics["scale_model_slope_hi"]
    )
    assert "scale_gain_w16_c100" in metrics and metrics["scale_placebo_largest"] >= 0
    assert not (session.folder / "models").exists()


def test_what_is_done_is_read(session, scaling, monkeypatch):
    monkeypatch.setattr(experiment, "train", lambda *_, **__: pytest.fail("trained again"))
    assert run_scaling(session, SOURCES, SMALL, lambda _: None) == scaling
    (session.folder / FILE).unlink()  # the runs are still there
    assert run_scaling(session, SOURCES, SMALL, lambda _: None) == scaling
    assert read_scaling(session.folder, scaling.registration) == scaling and read_scaling(session.folder, "another") is None


def test_a_corpus_that_is_too_small_is_left_out_and_named(session, tmp_path):
    register(PREPARED, PILOT, tmp_path)
    greedy = replace(SMALL, tokens_per_parameter=30.0)
    lines: list[str] = []
    with pytest.raises(BadInput, match="every size is left out"):
        run_scaling(Session(PREPARED, tmp_path), SOURCES, greedy, lines.append)
    assert len(lines) == 4 and all("left out, " in line for line in lines) and not (tmp_path / "runs").exists()


def test_other_seeds_widths_and_corpora_are_refused(session, tmp_path):
    with pytest.raises(BadInput, match="no registration"):
        run_scaling(Session(PREPARED, tmp_path), SOURCES, SMALL, lambda _: None)
    with pytest.raises(BadInput, match="seed 1 is the registered experiment's"):
        run_scaling(session, SOURCES, replace(SMALL, seeds=(1, 30)), lambda _: None)
    with pytest.raises(BadInput, match="width 12 has no whole number of heads"):
        run_scaling(session, SOURCES, replace(SMALL, widths=(8, 12)), lambda _: None)
    other = Session(prepare(made_rows(90), TINY, None), session.folder)
    with pytest.raises(BadInput, match="is not the corpus whose learning rates are registered"):
        run_scaling(other, SOURCES, SMALL, lambda _: None)
    for wrong in ({"widths": (8,)}, {"seeds": (21, 21)}, {"shares": (0.5, 1.5)}, {"tokens_per_parameter": 0.0}):
        with pytest.raises(ValueError, match="must be"):
            replace(SMALL, **wrong)


def test_the_page_says_it_in_a_sentence_above_a_figure_and_what_others_found(tmp_path):
    found = planted(0.01, 0.0)
    cells = (replace(found.cells[0], gains=(), web=(), placebo=(), left_out="tier_60: reads a row 5 times"), *found.cells[1:])
    found, findings = replace(found, cells=cells), findings_of(0.3)
    assert found.registration == findings.registration["digest"] and "Does the effect grow" not in render(findings, "", "command")
    (tmp_path / FILE).write_text(json.dumps({"scaling": asdict(found)}))
    page = write_report(findings, tmp_path, "command").read_text()
    assert "Does the effect grow or shrink with size?" in page and scaling_line(found) in page
    assert "Width 24 with 25% of the corpus is left out: tier_60: reads a row 5 times." in page
    assert all(row[0] in page for row in literature_table().rows)
    assert len(scaling_section(found).picture) > 20_000 and scaling_table(found).rows[0][5] == "left out"


def test_the_documentation_has_the_same_table_of_what_others_found():
    page = (Path(__file__).parents[3] / "docs/training.md").read_text("utf-8")
    assert markdown_table(literature_table()) in page
