"""Rows of RDF in Turtle or N-Triples: subjects with what is stated of them, in the order of their IRIs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import IO, Any

from tierline.errors import BadInput

_LABELS = ("http://www.w3.org/2000/01/rdf-schema#label", "https://schema.org/name", "http://schema.org/name",
           "http://www.w3.org/2004/02/skos/core#prefLabel", "http://xmlns.com/foaf/0.1/name")  # fmt: skip
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def rdf_rows(file: IO[bytes], reader: Any) -> Iterator[tuple[str, Any]]:
    """(IRI in angle brackets, {"@id": IRI, property: values}) of every subject, or of those of the class `reader.rows`. Properties and
    class are named by their IRI or by a prefix that the file declares; a value that is a thing is named by its label, in the reader's
    language if there is one. Nodes without an IRI are no rows. BadInput where the file is not well-formed."""
    rdflib: Any = import_module("rdflib")
    graph = rdflib.Graph()
    try:
        graph.parse(file, format="turtle" if reader.format == "turtle" else "nt")
    except Exception as error:  # each parser of rdflib has its own
        if isinstance(error, OSError | MemoryError):
            raise
        raise BadInput(f"is not well-formed {reader.format} ({' '.join(str(error).split())[:200]})") from None
    names = {str(one): _short(graph, one) for one in set(graph.predicates())}
    wanted = str(graph.namespace_manager.expand_curie(reader.rows)) if _is_curie(reader.rows) else reader.rows.strip("<>")
    subjects = graph.subjects(rdflib.URIRef(_TYPE), rdflib.URIRef(wanted)) if wanted else graph.subjects()
    for subject in sorted({one for one in subjects if isinstance(one, rdflib.URIRef)}):
        row: dict[str, Any] = {"@id": str(subject)}
        for predicate, value in sorted(graph.predicate_objects(subject)):
            if not isinstance(value, rdflib.BNode):
                for name in dict.fromkeys((str(predicate), names[str(predicate)])):
                    row.setdefault(name, []).append(_value(graph, rdflib, value, reader.language))
        yield f"<{subject}>", row


def _value(graph: Any, rdflib: Any, value: Any, language: str) -> dict[str, str]:
    if isinstance(value, rdflib.Literal):
        return {"#text": str(value)} | ({"language": str(value.language)} if value.language else {})
    labels = sorted(label for term in _LABELS for label in graph.objects(value, rdflib.URIRef(term)) if isinstance(label, rdflib.Literal))
    own = [label for label in labels if label.language in (language, None)]
    return {"#text": str((own or labels or [value])[0]), "@id": str(value)}


def _is_curie(name: str) -> bool:
    return bool(name) and ":" in name and "//" not in name


def _short(graph: Any, predicate: Any) -> str:
    try:
        return str(graph.namespace_manager.curie(predicate, generate=False))
    except (KeyError, ValueError):
        return str(predicate)
