"""Pages from templates, with whatever is put into them shown as text. The only home of jinja2."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(package: str, name: str, **values: object) -> str:
    """The template `name` of the folder `templates` of that package, filled with `values`.

    Every value is escaped; what a template asks for and nobody gave is an error, never an empty place.

    :raises jinja2.TemplateError: there is no such template, or it cannot be filled.
    """
    return _templates(package).get_template(name).render(values)


@cache
def _templates(package: str) -> Environment:
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
