"""The benchmark of growing facts: added shards are judged as the whole lake would be, and each is of pages of its own."""

from benchmarks.fact_growth import about, add, countries, fill, further, recompute


def test_what_is_added_gives_the_digests_of_a_whole_recomputation(tmp_path):
    fill(tmp_path / "lake", 0, 8, 2)
    assert recompute(tmp_path / "lake", "first")["digest"]
    found = add(tmp_path / "lake", 8, (4, 1), 1)
    assert found["facts"] > 30 and found["claims"] > 150 and found["shard_seconds"] > 0
    assert recompute(tmp_path / "lake", "again")["digest"] == found["digest"]


def test_countries_and_pages_are_the_same_each_time_and_differ_from_each_other():
    known = countries(0, 9)
    assert known == countries(0, 9) and len({country.name for country in known}) == 9
    pages = [page.url for page in (*about(known), *further(known, 9, (9, 2), 0), *further(known, 9, (9, 2), 1))]
    assert len(set(pages)) == len(pages)
