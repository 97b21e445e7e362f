select
    doc_id,
    shard,
    usefulness,
    student,
    perplexity,
    toxicity,
    injection_spans
from {{ source('l2_scores') }}
