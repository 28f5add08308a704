"""What links to what, as a graph for Graphviz (DOT) and as a tree for a terminal."""

from collections.abc import Iterator

from pkgstore.explain.linking import Graph, tree_of
from pkgstore.explain.report import Report
from pkgstore.explain.verdicts import Verdict
from pkgstore_tui.explanation.words import title_of
from pkgstore_tui.format import UNKNOWN, safe_text

_COLOURS = {"misses": "#d55e00", "abi_rebuilds": "#d55e00", "hits": "#009e73", "abi_hits": "#009e73"}


def dot_lines(report: Report, graph: Graph) -> Iterator[str]:
    """The graph in DOT: an arrow from each package to what it links to; the label says the verdict as well."""
    yield "digraph linkingto {"
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    for package in graph:
        label = _label(report, package, graph)
        row = report.by_package.get(package)
        colour = _COLOURS.get(row[0].decision.verdict.counts_as, "#777777") if row else "#777777"
        yield f"  {_quoted(package)} [label={_quoted(label)}, color={_quoted(colour)}];"
    for package, links in graph.items():
        for name in links or ():
            yield f"  {_quoted(package)} -> {_quoted(name)};"
    yield "}"


def tree_lines(report: Report, graph: Graph) -> Iterator[str]:
    """Each package that others link to, and below it those that do."""
    for branch in tree_of(graph):
        again = " (as above)" if branch.repeated else ""
        sign = "  " * branch.depth + ("└ " if branch.depth else "")
        label = "  ".join(_label(report, branch.package, graph).split("\n"))
        yield f"{sign}{label}{again}"
    unknown = [package for package, links in graph.items() if links is None and package in report.by_package]
    if unknown:
        yield f"not known what they link to: {', '.join(map(safe_text, unknown))}"


def _label(report: Report, package: str, graph: Graph) -> str:
    rows = report.by_package.get(package)
    if not rows:
        return f"{safe_text(package)}\nnot in the lockfile"
    title = title_of(report, rows[0]) if rows[0].decision.verdict is not Verdict.META_ENTRY else safe_text(package)
    said = rows[0].decision.verdict.value
    return f"{title}\n{said}" + (f"\nlinks {UNKNOWN}" if graph[package] is None else "")


def _quoted(text: str) -> str:
    """A string of DOT; harmless, since names come from outside."""
    lines = (safe_text(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'
