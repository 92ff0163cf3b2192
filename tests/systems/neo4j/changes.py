"""Graphs with one thing changed, whichever that is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.systems.neo4j.graphs import KINDS, Edge, Graph, Node, Properties, values


@st.composite
def changes(draw: st.DrawFn, graph: Graph) -> Graph:
    """The graph with a single change, for a graph whose nodes all differ."""
    kinds = [_other_properties_of_node, _other_labels, _node_more, _node_twice]
    if graph.edges:
        kinds += [_other_properties_of_edge, _other_kind, _other_end, _edge_less, _edge_twice, _turned]
    return draw(st.sampled_from(kinds))(draw, graph)


def _other_properties_of_node(draw: st.DrawFn, graph: Graph) -> Graph:
    place = draw(st.integers(0, len(graph.nodes) - 1))
    node = graph.nodes[place]
    return _with_node(graph, place, replace(node, properties=_other(draw, node.properties)))


def _other_labels(draw: st.DrawFn, graph: Graph) -> Graph:
    place = draw(st.integers(0, len(graph.nodes) - 1))
    node = graph.nodes[place]
    label = draw(st.sampled_from(["Account", "Member", "New"]))
    labels = tuple(sorted({*node.labels} ^ {label}))
    return _with_node(graph, place, replace(node, labels=labels))


def _node_more(_draw: st.DrawFn, graph: Graph) -> Graph:
    return replace(graph, nodes=(*graph.nodes, Node((), {})))


def _node_twice(draw: st.DrawFn, graph: Graph) -> Graph:
    return replace(graph, nodes=(*graph.nodes, draw(st.sampled_from(graph.nodes))))


def _other_properties_of_edge(draw: st.DrawFn, graph: Graph) -> Graph:
    place, edge = _an_edge(draw, graph)
    return _with_edge(graph, place, replace(edge, properties=_other(draw, edge.properties)))


def _other_kind(draw: st.DrawFn, graph: Graph) -> Graph:
    place, edge = _an_edge(draw, graph)
    kind = draw(st.sampled_from([kind for kind in KINDS if kind != edge.kind]))
    return _with_edge(graph, place, replace(edge, kind=kind))


def _other_end(draw: st.DrawFn, graph: Graph) -> Graph:
    place, edge = _an_edge(draw, graph)
    moved = draw(st.integers(0, len(graph.nodes) - 1))
    assume(moved != edge.end)
    return _with_edge(graph, place, replace(edge, end=moved))


def _turned(draw: st.DrawFn, graph: Graph) -> Graph:
    place, edge = _an_edge(draw, graph)
    assume(edge.start != edge.end)
    return _with_edge(graph, place, replace(edge, start=edge.end, end=edge.start))


def _edge_less(draw: st.DrawFn, graph: Graph) -> Graph:
    place, _ = _an_edge(draw, graph)
    return replace(graph, edges=graph.edges[:place] + graph.edges[place + 1 :])


def _edge_twice(draw: st.DrawFn, graph: Graph) -> Graph:
    return replace(graph, edges=(*graph.edges, _an_edge(draw, graph)[1]))


def _an_edge(draw: st.DrawFn, graph: Graph) -> tuple[int, Edge]:
    place = draw(st.integers(0, len(graph.edges) - 1))
    return place, graph.edges[place]


def _other(draw: st.DrawFn, properties: Properties) -> Properties:
    """One property more, less, or with another value."""
    key = draw(st.sampled_from([*properties, "new"]))
    if key in properties and draw(st.booleans()):
        return {name: value for name, value in properties.items() if name != key}
    value = draw(values)
    assume(key not in properties or _shown(value) != _shown(properties[key]))
    return properties | {key: value}


def _shown(value: Any) -> str:  # noqa: ANN401 - of any type
    return f"{type(value).__name__} {value!r}"


def _with_node(graph: Graph, place: int, node: Node) -> Graph:
    return replace(graph, nodes=(*graph.nodes[:place], node, *graph.nodes[place + 1 :]))


def _with_edge(graph: Graph, place: int, edge: Edge) -> Graph:
    return replace(graph, edges=(*graph.edges[:place], edge, *graph.edges[place + 1 :]))
