select
    activity_id,
    stage,
    shard,
    rows_in,
    model_id,
    model_calls,
    stored_calls,
    prompt_tokens,
    output_tokens,
    model_seconds,
    money,
    ended_at,
    epoch(ended_at) - epoch(started_at) as seconds
from {{ source('activities') }}
