"""The toolkit's functions: rows in, rows out, in any batches; what is missing is said in one line."""

import pickle

import pyarrow as pa
import pytest

from examples.features import FEATURES
from examples.pages import all_pages
from tierline import batch
from tierline.errors import BadInput
from tierline.tables import TABLES

STEPS = (batch.extract, batch.filter, batch.sign, batch.score, batch.select, batch.edit, batch.assign_tier)
PAGES = [page for page in all_pages() if not page.encoding][::12]
BODIES = pa.table({name: [getattr(page, name) for page in PAGES] for name in ("url", "body", "content_type")})


@pytest.fixture(scope="module")
def scored():
    """All pages through every function that keeps rows."""
    rows = BODIES
    for step in STEPS:
        rows = step(rows)
    return rows


@pytest.mark.parametrize("size", [1, 7])
def test_a_row_does_not_depend_on_its_batch(scored, size):
    parts = []
    for start in range(0, len(BODIES), size):
        rows = BODIES.slice(start, size)
        for step in STEPS:
            rows = step(rows)
        parts.append(rows)
    assert pa.concat_tables(parts).combine_chunks().equals(scored.combine_chunks())


def test_every_row_stays_in_its_place(scored):
    assert scored["url"].to_pylist() == BODIES["url"].to_pylist()
    assert scored["body"].to_pylist() == BODIES["body"].to_pylist()


def test_a_tier_is_given_with_what_kept_the_row_from_the_next(scored):
    rows = scored.to_pylist()
    assert {row["tier"] for row in rows} >= {"L0", "L2"}
    for row in rows:
        if row["tier"] == "L0":
            assert row["tier_reason"] == row["l1_rule"]
            assert row["usefulness"] is None
        if row["tier"] == "L2":
            assert row["tier_reason"] == row["l3_rule"]


def test_a_row_without_a_body_says_so_and_stays():
    pages = pa.table({"url": ["https://a.example/1", "https://a.example/2"], "body": [None, b"<p>Words that are there.</p>"]})
    rows = batch.assign_tier(batch.filter(batch.extract(pages))).to_pylist()
    assert [(row["status"], row["error"]) for row in rows] == [("unsupported", "the body is null"), ("ok", None)]
    assert rows[0]["tier_reason"] == "no_text:unsupported" and rows[0]["doc_id"] != rows[1]["doc_id"]


def test_what_was_not_run_is_said():
    rows = batch.assign_tier(pa.table({"l1_outcome": ["kept"]}))
    assert rows.select(["tier", "tier_reason"]).to_pylist() == [{"tier": "L1", "tier_reason": "select was not run"}]


def test_an_edit_lists_its_operations_by_their_place_in_the_source():
    text = f"{FEATURES['glass']}\n\n{FEATURES['tram']} The old stops were rebuilt in the summer .\n\n{FEATURES['owls']}"
    rows = pa.table({"doc_id": ["doc_1", "doc_2"], "text": [text, FEATURES["bread"]], "language": ["en", "en"]})
    edited, same = batch.edit(rows).to_pylist()
    (operation,) = edited["operations"]
    assert edited["source_text"][operation["start"] : operation["end"]] == operation["original"] == " "
    assert edited["text"] == text.replace("summer .", "summer.")
    assert (same["l3_outcome"], same["text"]) == ("dropped", FEATURES["bread"])


def test_claims_are_rows_of_the_pipelines_table_with_their_words():
    pages = [page for page in all_pages() if b"ld+json" in page.body][:3]
    read = batch.extract(pa.table({"url": [page.url for page in pages], "body": [page.body for page in pages]}))
    documents = {row["doc_id"]: row for row in read.to_pylist()}
    found = batch.claims(read)
    assert found.num_rows > 3
    assert found.schema.names == list(TABLES["l4_claims"].columns)
    for row in found.to_pylist():
        said = documents[row["parents"][0]][row["parent_field"]]
        assert said[row["span_start"] : row["span_end"]] == row["quote"]


def test_lines_that_a_site_repeats_are_cut_by_what_was_counted_elsewhere():
    note = "Subscribe to the letter of the harbor museum to hear of new exhibitions."
    some = list(FEATURES.values())
    texts = ["\n".join([*some[start : start + 3], note]) for start in range(0, 24, 3)]
    rows = pa.table({"doc_id": [f"doc_{row}" for row in range(len(texts))], "text": texts, "domain": ["museum.example"] * len(texts)})
    lines = pickle.loads(pickle.dumps(batch.repeated_lines(rows.to_batches(3))))
    assert not any(note in text for text in batch.filter(rows, repeated=lines)["text"].to_pylist())
    assert all(note in text for text in batch.filter(rows)["text"].to_pylist())


def test_near_duplicates_share_a_key_and_others_do_not():
    copy = FEATURES["glass"] + " " + FEATURES["tram"] + " " + FEATURES["bread"]
    keys = batch.sign(pa.table({"text": [copy, copy.upper(), FEATURES["owls"], None]}))["band_keys"].to_pylist()
    assert set(keys[0]) & set(keys[1])
    assert not set(keys[0]) & set(keys[2])
    assert keys[3] is None


def test_copies_of_a_page_have_one_id_and_are_told_the_same():
    page = next(page.body for page in all_pages() if b"ld+json" in page.body)
    rows = pa.table({"body": [page, None, page, None]})
    for step in STEPS:
        rows = step(rows)
    first, empty, second, other = rows.to_pylist()
    assert first == second and empty == other
    assert (first["l1_outcome"], empty["l1_rule"]) == ("kept", "no_text:unsupported")
    assert batch.claims(rows).equals(batch.claims(rows.slice(0, 2)))


@pytest.mark.parametrize("function", STEPS, ids=lambda function: function.name)
def test_an_empty_batch_has_the_columns_that_are_written(function):
    made = function(function.reads.empty_table())
    assert made.num_rows == 0
    assert set(function.writes.names) <= set(made.column_names)


@pytest.mark.parametrize("function", [*STEPS, batch.claims], ids=lambda function: function.name)
def test_a_function_is_pickled_by_its_name(function):
    assert pickle.loads(pickle.dumps(function)) is function


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (pa.table({"doc_id": ["doc_1"]}), "the column 'text' is missing"),
        (pa.table({"doc_id": ["doc_1", "doc_1"], "text": ["a", "b"]}), "doc_id 'doc_1' comes twice, and the rows differ"),
        (pa.table({"doc_id": [None], "text": ["a"]}, schema=pa.schema({"doc_id": pa.string(), "text": pa.string()})), "doc_id is null"),
        (pa.table({"doc_id": ["doc_1"], "text": [[1]]}), "cannot be read as string"),
        ("pages.parquet", "str is no batch of rows"),
    ],
)
def test_bad_input_is_said_in_one_line(rows, said):
    with pytest.raises(BadInput, match=said) as found:
        batch.filter(rows)
    assert "\n" not in str(found.value)


def test_data_frames_are_taken_as_they_are():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"doc_id": ["doc_1"], "text": [FEATURES["glass"]]})
    assert batch.filter(frame)["language"].to_pylist() == ["en"]
