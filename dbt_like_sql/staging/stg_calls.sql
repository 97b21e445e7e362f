select
    call_id,
    kind,
    model_id,
    engine,
    state,
    attempts,
    prompt_tokens,
    output_tokens,
    seconds,
    money,
    called_at,
    stage,
    activity_id,
    shard
from {{ source('llm_calls') }}
