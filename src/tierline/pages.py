"""Fills the templates of HTML pages: everything in them is escaped, and no character of the crawl steers the page."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jinja2

from tierline.display import printable


def render_page(package: str | tuple[str, ...], template: str, **values: Any) -> str:
    """`<package>/templates/<template>` with values in it, of the first of several packages that has one. Strings are data: markup in them
    is shown, not followed."""
    return _environment((package,) if isinstance(package, str) else package).get_template(template).render(**values)


@lru_cache(maxsize=8)
def _environment(packages: tuple[str, ...]) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(package, "templates") for package in packages]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _visible(value: Any) -> Any:
    return printable(value, block=True) if type(value) is str else value
