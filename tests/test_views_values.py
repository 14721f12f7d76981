"""What is written as JSON is what its schema promises."""

from __future__ import annotations

import json

import jsonschema
import pytest

from explorer import resources
from explorer.excerpt import Page, Remark, excerpt
from explorer.graph import Function
from explorer.sources.values import Origin, SourceFile
from explorer.version import Version
from explorer.views.values import envelope

FILE = SourceFile(Version.parse("v9.1"), "net/core/x.c", b"int f(void)\n{\n}\n", Origin("tree", "a tree", "shape only"))
FUNCTION = Function("f", "net/core/x.c", 1, 1, 3, "function", "global", ("CONFIG_X",))
PAGE = Page("f", ("shape only",), excerpt(FILE, FUNCTION), (Remark("a", "A", "text", 1, 1, "placed"),))
ROWS = [{"function": FUNCTION, "id": FUNCTION.id, "text": None}]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("page", {"page": PAGE}),
        ("page", {"page": Page("f", (), None, ())}),
        ("excerpt", {"version": Version.parse("v9.1"), "definitions": ROWS, "statements": []}),
    ],
)
def test_a_value_is_what_its_schema_promises(kind: str, content: dict[str, object]) -> None:
    schema = json.loads(resources.data_path("schemas", f"{kind}.schema.json").read_text())
    document = json.loads(envelope(kind, **content))
    jsonschema.validate(document, schema)
    assert (document["kind"], document["schema"]) == (kind, 1)


@pytest.mark.parametrize("place", sorted(resources.data_path("schemas").glob("*.json")), ids=lambda place: place.stem)
def test_a_schema_is_a_schema_and_closed(place) -> None:
    schema = json.loads(place.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert all(form["additionalProperties"] is False for form in schema.get("oneOf", [schema]))
