with activities as (
    select * from {{ ref('stg_activities') }}
),

decisions as (
    select * from {{ ref('stg_decisions') }}
),

kept as (
    select stage, sum(tokens) as tokens
    from decisions
    where outcome = 'kept'
    group by stage
),

spent as (
    select
        stage,
        sum(seconds) as seconds,
        sum(model_seconds) as model_seconds,
        sum(model_calls) as model_calls,
        sum(stored_calls) as stored_calls,
        sum(prompt_tokens) as prompt_tokens,
        sum(output_tokens) as output_tokens,
        sum(money) as money
    from activities
    group by stage
),

final as (
    select
        spent.stage,
        spent.seconds::double as seconds,
        spent.model_seconds::double as model_seconds,
        spent.model_calls::bigint as model_calls,
        spent.stored_calls::bigint as stored_calls,
        spent.prompt_tokens::bigint as prompt_tokens,
        spent.output_tokens::bigint as output_tokens,
        coalesce(spent.money, 0)::double as money,
        coalesce(kept.tokens, 0)::bigint as kept_tokens,
        (1000 * spent.seconds / nullif(kept.tokens, 0))::double as seconds_per_1000_kept_tokens
    from spent
    left join kept using (stage)
    order by spent.stage
)

select * from final
