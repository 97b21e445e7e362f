"""A training recipe that cannot be meant is refused when it is read."""

from pathlib import Path

import pytest
import yaml

from tierline.config.bundled import folder
from tierline.errors import BadInput
from tierline.training.recipe import TrainingRecipe

SMALL = Path(folder("recipes")) / "training" / "small.yaml"


@pytest.mark.parametrize(
    ("section", "setting", "value"),
    [
        ("", "tokens", -5),
        ("", "seconds", 0.0),
        ("", "seed", -1),
        ("model", "heads", 0),
        ("model", "vocabulary", 256),
        ("model", "vocabulary", 65_537),
        ("optimization", "windows", 0),
        ("optimization", "decay_share", 1.5),
        ("optimization", "learning_rate", -1.0),
        ("measuring", "tokens_per_part", 0),
        ("pilot", "share", 0.0),
        ("pilot", "floors", []),
        ("pilot", "learning_rates", [0.01, -0.01]),
        ("pilot", "seeds", [-1, -2]),
    ],
)
def test_a_setting_that_cannot_be_is_refused(tmp_path, section, setting, value):
    settings = yaml.safe_load(SMALL.read_text())
    (settings.setdefault(section, {}) if section else settings)[setting] = value
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(settings))
    with pytest.raises(BadInput, match=setting):
        TrainingRecipe.load(path)
