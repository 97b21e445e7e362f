select
    doc_id,
    shard,
    usefulness,
    perplexity,
    toxicity
from {{ source('l2_scores') }}
