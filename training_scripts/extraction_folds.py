"""The extractor's fold models: each has not seen the sites of its fold, and the benchmark judges them by it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

from tierline.crawl.model import Model, load_model, shipped_model

FOLDS = 5
FOLDS_FILE = Path(__file__).with_suffix(".zip")


def fold_of(site: str) -> int:
    """Which fold a site belongs to, by its name alone, so that a site never moves."""
    return int.from_bytes(hashlib.sha256(site.encode()).digest()[:8], "big") % FOLDS


def save_folds(models: list[Model], sites: set[str], path: Path) -> None:
    """Write the models and the sites that all but one of them learned from."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, model in enumerate(models):
            with archive.open(_member(f"{number}.npz"), "w") as file:
                model.save(file)
        archive.writestr(_member("sites.json"), json.dumps(sorted(map(_digest, sites))))


class Judges:
    """The model that may judge a site: the shipped one, or, where that learned from the site, the one that did not."""

    def __init__(self, path: Path = FOLDS_FILE) -> None:
        with zipfile.ZipFile(path) as archive:
            self._sites = set(json.loads(archive.read("sites.json")))
            self._models: list[Model] = []
            for number in range(FOLDS):
                with archive.open(f"{number}.npz") as file:
                    self._models.append(load_model(file))

    def fold(self, site: str) -> int | None:
        """The site's fold, None if no model has seen it."""
        return fold_of(site) if _digest(site) in self._sites else None

    def model(self, site: str) -> Model:
        """A model that has seen no page of the site."""
        fold = self.fold(site)
        return shipped_model() if fold is None else self._models[fold]


def _digest(site: str) -> str:
    return hashlib.sha256(site.encode()).hexdigest()[:16]


def _member(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))  # the same bytes every time
