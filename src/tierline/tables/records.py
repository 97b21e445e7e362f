"""Schemas of what the lake records about its own tables: activities, decisions, verdicts, waivers, reviews, calls, files, takedowns."""

from __future__ import annotations

import pyarrow as pa

from tierline.tables.spec import BOOL, DOUBLE, LONG, STRING, TIME, Column, schema_of

STAGE = Column(STRING, "Stage of the pipeline, such as `l1_filtered`.")
SHARD = Column(STRING, "Shard that the record is about; `all` for a stage that works on the whole lake.")
TOKENS_IN = Column(LONG, "Tokens sent to the model.")
TOKENS_OUT = Column(LONG, "Tokens that the model generated.")
MONEY = Column(DOUBLE, "Cost at the prices that the recipe gave at the time, in their currency.")
ENGINE = Column(STRING, "Engine that ran the model, such as `llamacpp`; null without a model.")
MODEL = Column(STRING, "Name of the language model; null without one.")

_DECISIONS = {
    "row_id": Column(STRING, "The row that was decided on: of the parent table, or a candidate of this stage."),
    "outcome": Column(STRING, "`kept`, `dropped`, `merged` (a duplicate of a kept row), `quarantined` or `error`."),
    "rule": Column(
        STRING,
        "Rule that decided, such as `duplicate:semantic`; `unforeseen` if no code could work on the row; null if it was kept, but not "
        "by a review.",
    ),
    "value": Column(DOUBLE, "Value that the rule looked at; null if the rule has none."),
    "threshold": Column(DOUBLE, "Threshold that the value was compared with; null if the rule has none."),
    "related_id": Column(STRING, "The row that this one was merged into or was made from; null if there is none."),
    "detail": Column(STRING, "Further explanation in words, or null."),
    "tokens": Column(LONG, "Tokens of the row, if its tier counts them."),
}
_ACTIVITIES = {
    "activity_id": Column(STRING, "Id of the activity: a hash of stage, shard, code, parameters, inputs, model and prompts."),
    "stage": STAGE,
    "shard": SHARD,
    "code_version": Column(STRING, "Version of the stage's code."),
    "parameters": Column(STRING, "The recipe's settings for the stage, as JSON."),
    "inputs": Column(STRING, "Content digest of everything that was read, as a JSON object `table/shard` -> digest."),
    "model_id": MODEL,
    "model_digest": Column(STRING, "SHA-256 of the model's weights; null without a model."),
    "prompt_sha256": Column(STRING, "SHA-256 of the prompts; null without a model."),
    "engine": ENGINE,
    "weights": Column(STRING, "Files that travel with the code and decided the rows, as a JSON object file -> SHA-256."),
    "started_at": Column(TIME, "When the activity began, in UTC."),
    "ended_at": Column(TIME, "When its rows were committed, in UTC."),
    "rows_in": Column(LONG, "Rows that went in; each has one decision."),
    "model_calls": Column(LONG, "Model calls that were made."),
    "stored_calls": Column(LONG, "Model calls that were answered from `llm_calls`."),
    "prompt_tokens": TOKENS_IN,
    "output_tokens": TOKENS_OUT,
    "model_seconds": Column(DOUBLE, "Wall time of the model calls, in seconds."),
    "money": MONEY,
    "digest": Column(STRING, "Content digest of all tables that the activity wrote; verdicts and waivers are bound to it."),
    "outputs": Column(
        pa.list_(pa.struct([("table", STRING), ("rows", LONG), ("digest", STRING), ("files", pa.list_(STRING))])),
        "Tables that were written, with rows, content digest and files.",
    ),
    "row_roots": Column(
        STRING, "Root of a Merkle tree over the rows of each table, as a JSON object table -> hex digits; null before there was one."
    ),
    "before": Column(
        pa.struct([("activity", pa.list_(STRING)), ("verdict", pa.list_(STRING))]),
        "Files of the activity that this one replaced and of the verdict on it, for reading the lake as of an earlier time.",
    ),
}
_VERDICTS = {
    "stage": STAGE,
    "shard": SHARD,
    "digest": Column(STRING, "Content digest of the rows that were judged; other rows need a new verdict."),
    "suite": Column(STRING, "Name of the gate's suite of bounds."),
    "suite_sha256": Column(STRING, "SHA-256 of the suite, which changes with every bound."),
    "passed": Column(pa.bool_(), "True if every bound holds: the rows are promoted. False: they are quarantined."),
    "results": Column(STRING, "Every bound with the observed value, as JSON."),
    "failures": Column(pa.list_(STRING), "The bounds that do not hold, in words."),
    "judged_at": Column(TIME, "When the gate judged, in UTC."),
}
_WAIVERS = {
    "stage": STAGE,
    "shard": SHARD,
    "digest": Column(STRING, "Content digest of the refused rows that may be read; other rows need another waiver."),
    "who": Column(STRING, "Person who takes the responsibility, as free text."),
    "why": Column(STRING, "The reason, as free text."),
    "until": Column(pa.date32(), "Last day on which the waiver is valid."),
    "created_at": Column(TIME, "When the waiver was recorded, in UTC."),
    "signature": Column(STRING, "DSSE envelope of the statement that the person signed, as JSON; null if nobody did."),
}
_REVIEWS = {
    "review_id": Column(STRING, "Id of the review: a hash of everything that it says."),
    "stage": Column(STRING, "Stage whose decision the review is about; it applies what reviews settle."),
    "shard": SHARD,
    "kind": Column(STRING, "What was reviewed: `document`, `edit`, `fact`, `manual` or `answer`."),
    "row_id": Column(
        STRING,
        "The row: of `l1_filtered`, a candidate of `l3_edits`, a value of a property, a document of `l2_selected`, a line of feedback.",
    ),
    "row_digest": Column(STRING, "Digest of what the person saw; the review lapses once the row says something else."),
    "reviewer": Column(STRING, "Person who reviewed."),
    "verdict": Column(STRING, "`keep`, `drop`, `edit`, `skip`, `comment` or `undo`."),
    "text": Column(STRING, "The reviewer's own text; null but for `edit`."),
    "reason": Column(STRING, "Why, in the reviewer's words; empty if none was given."),
    "comment": Column(STRING, "A note to other reviewers, without effect; empty if none was given."),
    "undoes": Column(STRING, "The review that an `undo` takes back; null else."),
    "needed": Column(LONG, "Reviewers who had to agree, as the queue asked at the time."),
    "gold": Column(BOOL, "True if it states the known verdict of a trap, which no other review outweighs."),
    "judged": Column(STRING, "What the pipeline had decided: outcome and rule, such as `quarantined l2:addresses_judge`."),
    "seconds": Column(DOUBLE, "Seconds from showing the item to the answer; null if nobody measured."),
    "tokens": Column(LONG, "Tokens that the verdict keeps or drops."),
    "effect": Column(STRING, "What followed when it was given, in words, such as `released`; replaying the ledger says what holds now."),
    "source": Column(STRING, "Where it was given: `page`, `command` or `label studio`."),
    "created_at": Column(TIME, "When it was recorded, in UTC; never before another one of the shard's stage."),
}
_CALLS = {
    "call_id": Column(STRING, "Hash of weights, kind and request; a call that failed and was tried again has several rows."),
    "kind": Column(STRING, "What was asked for: `generate`, `choose`, `likelihood` or `represent`."),
    "model_id": MODEL,
    "weights_sha256": Column(STRING, "SHA-256 of the model's weights."),
    "engine": ENGINE,
    "request": Column(STRING, "The request, as JSON."),
    "response": Column(STRING, "The raw answer, as JSON; never computed again."),
    "state": Column(STRING, "`ok` or `error`; an error is not an answer and only says why and after how many attempts."),
    "attempts": Column(LONG, "Attempts of the engine, failed ones included."),
    "prompt_tokens": TOKENS_IN,
    "output_tokens": TOKENS_OUT,
    "seconds": Column(DOUBLE, "The call's share of its batch's wall time, by tokens, in seconds."),
    "money": MONEY,
    "called_at": Column(TIME, "When the model was called, in UTC."),
    "stage": STAGE,
    "activity_id": Column(STRING, "Activity that the call was made for."),
    "shard": SHARD,
}
_CRAWL_FILES = {
    "shard": Column(STRING, "Shard that the file belongs to."),
    "uri": Column(STRING, "Address of the file: a path, relative to the crawl root if the file is below it, or a URL."),
    "bytes": Column(LONG, "Size of the file in bytes."),
    "digest": Column(
        STRING, "Digest of the file's content or, for a remote file, of what its server says of it; null until its bytes have been read."
    ),
    "position": Column(LONG, "Place of the file within its shard, from 0."),
    "sequence": Column(LONG, "Place of the shard in order of registration; of duplicates the one in the earlier shard stays."),
    "registered_at": Column(TIME, "When the file was registered, in UTC."),
    "stamp": Column(STRING, "Size and times of the file when it was last looked at, which change with every write."),
    "change": Column(LONG, "Number of the change of this list that wrote the row; a run is asked for by it."),
    "changed_at": Column(TIME, "When the file was last registered, found changed, moved or forgotten, in UTC."),
    "forgotten_at": Column(TIME, "When a person or the inbox's policy let go of the file, in UTC; null while its rows are wanted."),
    "awaited": Column(BOOL, "True if the inbox's policy let go of the file because it was gone: it is taken again once it is back."),
    "dropped": Column(BOOL, "True if the file came through the inbox, whose policy may let go of it; null: a person registered it."),
}
_TAKEDOWN = Column(STRING, "Id of the takedown: a hash of its request.")
_WHOLE_LAKE = Column(STRING, "Always `all`, because a takedown is of the whole lake.")
_TAKEDOWNS = {
    "takedown_id": _TAKEDOWN,
    "event": Column(STRING, "What happened: `request`, `refusal`, `start`, `purge`, `search` or `certificate`."),
    "body": Column(STRING, "What the event says, as canonical JSON; never a text that is taken down."),
    "at": Column(TIME, "When it was recorded, in UTC; never before another one of the table."),
    "shard": _WHOLE_LAKE,
}
_TOMBSTONES = {
    "takedown_id": _TAKEDOWN,
    "kind": Column(
        STRING,
        "What is kept out: a scope (`url`, `prefix`, `domain`, `author`, `license`), a `payload` or near-duplicates of a `text`; or a "
        "`claim` that is gone.",
    ),
    "value": Column(STRING, "The scope, the SHA-256 of the payload, the digest of the words of the text, or the id of the claim."),
    "signature": Column(pa.binary(), "MinHash signature of a `text`, as in `l1_signatures`; null for other kinds."),
    "shard": _WHOLE_LAKE,
}
_STAGES = {
    "ledger": Column(STRING, "Name of a ledger of decisions: the stage's own, or that of a second kind of rows."),
    "stage": Column(STRING, "Stage that writes the ledger."),
    "position": Column(LONG, "Place of the ledger in graph order, from 0."),
    "tier": Column(STRING, "Tier of the stage, such as `L1`; null for mixes."),
    "promotes": Column(BOOL, "True if the rows that the ledger keeps are rows of the tier."),
}

OUTCOMES = ("kept", "dropped", "merged", "quarantined", "error")
DECISION_COLUMNS = {name: column.type for name, column in _DECISIONS.items()}
BEFORE = _ACTIVITIES["before"].type
REVIEWS_TABLE = "reviews"  # append-only, partitioned by stage and shard
TAKEDOWNS_TABLE, TOMBSTONES_TABLE = "takedowns", "tombstones"  # append-only, in one partition
CALLS_TABLE = "llm_calls"  # append-only, partitioned by shard; one row for each time that a model was asked

RECORD_COLUMNS = {
    "activities": _ACTIVITIES,
    "decisions": _DECISIONS
    | {
        "activity_id": Column(STRING, "Activity that made the decision."),
        "stage": Column(STRING, "Ledger of decisions: a stage, or `l3_edits` or `l4_extracted`."),
        "shard": SHARD,
    },
    "verdicts": _VERDICTS,
    "waivers": _WAIVERS,
    REVIEWS_TABLE: _REVIEWS,
    CALLS_TABLE: _CALLS,
    "crawl_files": _CRAWL_FILES,
    TAKEDOWNS_TABLE: _TAKEDOWNS,
    TOMBSTONES_TABLE: _TOMBSTONES,
    "stages": _STAGES,
}
ACTIVITIES, VERDICTS, WAIVERS = schema_of(_ACTIVITIES), schema_of(_VERDICTS), schema_of(_WAIVERS)
REVIEWS, TAKEDOWNS, TOMBSTONES = schema_of(_REVIEWS), schema_of(_TAKEDOWNS), schema_of(_TOMBSTONES)
CALLS, CRAWL_FILES, STAGES = schema_of(_CALLS), schema_of(_CRAWL_FILES), schema_of(_STAGES)
DECISIONS = schema_of(RECORD_COLUMNS["decisions"])
