"""Counts, shards and SQL models, for people and for programs."""

import json

import pytest


def test_flow_counts_rows_and_an_empty_lake_says_so(crawled, run, tmp_path):
    status, out, _ = run("flow")
    assert status == 0 and out.split("\n")[1].split()[:3] == ["l0_raw", "2", "2"]
    assert json.loads(run("flow", "--json")[1])["row_count"] == 2
    (tmp_path / "empty").mkdir()
    status, out, _ = run("flow", root=str(tmp_path / "empty"))
    assert status == 0 and "no decisions yet" in out


def test_sql_and_shards_list_what_is_there(crawled, run):
    _, shard, file = crawled
    assert run("shards")[1].splitlines()[1].split() == [shard, str(file)]
    assert json.loads(run("shards", "--json")[1]) == {"shard": shard, "files": [str(file)]}
    assert any(line.startswith("tier_flow ") for line in run("sql")[1].splitlines())
    heads, row = run("sql", "tier_flow")[1].splitlines()
    assert heads.split()[:4] == ["stage", "outcome", "rule", "row_count"] and row.split()[:3] == ["l0_raw", "kept", "2"]
    assert json.loads(run("sql", "tier_flow", "--json")[1])["row_count"] == 2
    assert run("sql", "facts_as_of", "--set", "day=2011")[:2] == (0, "No rows.\n")


def test_every_look_at_the_lake_can_be_as_of_then(crawled, run):
    for command in (("sql", "tier_flow"), ("sql", "tier_flow", "--json"), ("shards",)):
        status, out, error = run("--as-of", "2020-01-01", *command)
        assert (status, out, error.count("\n")) == (2, "", 1) and "the lake held nothing yet as of then" in error
    assert json.loads(run("--as-of", "2999-01-01T00:00:00+01:00", "sql", "tier_flow", "--json")[1])["row_count"] == 2


@pytest.mark.parametrize("command", [("flow",), ("shards",), ("sql", "tier_flow"), ("verify",), ("trace", "doc_1")])
def test_a_misspelled_lake_is_not_an_empty_one(run, command, tmp_path):
    status, out, error = run(*command, root=str(tmp_path / "lkae"))
    assert (status, out) == (2, "") and "lkae: there is no lake here" in error
    assert not (tmp_path / "lkae").exists()
