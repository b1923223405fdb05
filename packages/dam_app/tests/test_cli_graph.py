"""The verbs of the graph: link, unlink, graph."""

from __future__ import annotations

from cli_runs import Dam  # type: ignore[import-not-found]  # beside this file


def test_tying_showing_and_untying(indexed: Dam) -> None:
    link = indexed("link", "1", indexed.tree / "c.txt", "version_of", "--weight", "0.5", "--json").document
    assert (link["source"], link["relation"], link["weight"], link["done"]) == (1, "version_of", 0.5, True)
    assert indexed("link", "1", link["target"], "version_of").out == f"linked  1  version_of  {link['target']}\n"
    found = indexed("graph", "1", "--json").document
    assert [(one["source"], one["relation"], one["target"]) for one in found["links"]] == [(1, "version_of", link["target"])]
    assert {node["id"]: node["depth"] for node in found["nodes"]} == {1: 0, link["target"]: 1}
    assert "version_of" in indexed("graph", indexed.tree / "c.txt").out
    assert indexed("graph", "1", "--depth", "0").out == ""
    assert indexed("show", "1", "--json").document["links"][0]["relation"] == "version_of"
    assert indexed("unlink", "1", link["target"], "version_of", "--json").document["done"]
    gone = indexed("unlink", "1", link["target"], "version_of")
    assert (gone.code, gone.out) == (1, f"no such link  1  version_of  {link['target']}\n")


def test_more_than_is_shown_is_said(indexed: Dam) -> None:
    indexed("link", "1", "2", "contains")
    indexed("link", "1", "3", "contains")
    ended = indexed("graph", "1", "--limit", "2")
    assert (ended.code, len(ended.out.splitlines())) == (0, 1)
    assert "--limit" in ended.err


def test_a_dry_run_changes_nothing(indexed: Dam) -> None:
    assert not indexed("link", "1", "2", "contains", "--dry-run", "--json").document["done"]
    assert indexed("graph", "1", "--json").document["links"] == []
    indexed("link", "1", "2", "contains")
    ended = indexed("unlink", "1", "2", "contains", "--dry-run")
    assert (ended.code, ended.out) == (0, "would unlink  1  contains  2\n")
    assert len(indexed("graph", "1", "--json").document["links"]) == 1


def test_what_cannot_be_tied(indexed: Dam) -> None:
    for dry in ((), ("--dry-run",)):
        assert "is no relation" in indexed.fails(2, "link", "1", "2", "married_to", *dry)
        assert "4711" in indexed.fails(1, "link", "1", "4711", "contains", *dry)
        assert "4711" in indexed.fails(1, "unlink", "4711", "1", "contains", *dry)
    assert "4711" in indexed.fails(1, "graph", "4711")
