select
    doc_id,
    shard,
    usefulness,
    student,
    perplexity,
    toxicity
from {{ source('l2_scores') }}
