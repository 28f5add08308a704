"""What the packages of a lockfile link to, as a graph: from DESCRIPTION, as the store recorded it. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pkgstore.explain.report import Explained, Report

Graph = Mapping[str, tuple[str, ...] | None]
"""What each package links to, by name, sorted; None where nothing stored of the package tells."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of a tree of packages: `depth` from 0; `repeated` where it is drawn in full elsewhere."""

    package: str
    depth: int
    repeated: bool = False


def graph_of(report: Report) -> Graph:
    """What every package of a report links to; a package that is linked to and is in no row is there too."""
    found: dict[str, tuple[str, ...] | None] = {}
    for row in report.rows:
        if row.decision.source is not None:
            found.setdefault(row.package, _links(report, row))
    for links in list(found.values()):
        for name in links or ():
            found.setdefault(name, None)
    return dict(sorted(found.items()))


def _links(report: Report, row: Explained) -> tuple[str, ...] | None:
    """What the wanted source links to, by configs.json: as populate read it, else as the snapshot has it."""
    meta = row.decision.resolution.meta if row.decision.resolution else None
    if meta is not None:
        return tuple(sorted(meta.linkingto or ()))
    assert row.decision.source is not None
    record = report.snapshot.sources.get(row.decision.source)
    if record is not None and any(config.listed for config in record.configs):
        return tuple(sorted(record.linkingto))
    return None


def part_of(graph: Graph, packages: Iterable[str]) -> Graph:
    """What some packages link to, and what links to them, as far as that goes; all, without any."""
    wanted = set(packages)
    if not wanted:
        return graph
    back: dict[str, list[str]] = {}
    for package, links in graph.items():
        for name in links or ():
            back.setdefault(name, []).append(package)
    kept = _reached(wanted, {name: links or () for name, links in graph.items()}) | _reached(wanted, back)
    return {
        package: None if links is None else tuple(name for name in links if name in kept)
        for package, links in graph.items()
        if package in kept
    }


def _reached(start: Iterable[str], edges: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    todo = list(start)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(edges.get(name, ()))
    return found


def tree_of(graph: Graph) -> Iterator[Branch]:
    """The graph as a tree: each package that others link to, and below it those that link to it."""
    back: dict[str, list[str]] = {}
    for package, links in graph.items():
        for name in links or ():
            back.setdefault(name, []).append(package)
    tops = [name for name in graph if name in back and not graph[name]]
    drawn: set[str] = set()
    for top in tops:
        yield from _branches(top, back, drawn)
    for left in sorted(back.keys() - drawn):  # those that link to each other in a circle
        if left not in drawn:
            yield from _branches(left, back, drawn)


def _branches(top: str, back: Mapping[str, Sequence[str]], drawn: set[str]) -> Iterator[Branch]:
    todo = [(top, 0)]
    while todo:
        name, depth = todo.pop()
        again = name in drawn and name in back
        yield Branch(name, depth, again)
        drawn.add(name)
        if not again:
            todo.extend((user, depth + 1) for user in sorted(back.get(name, ()), reverse=True))
