with calls as (
    select * from {{ ref('stg_calls') }}
),

final as (
    select
        case when stage similar to 'l[0-4]_.*' then upper(stage[1:2]) when stage = '' then 'none' else 'beside' end as tier,
        stage,
        model_id as model,
        strftime(make_timestamp(epoch_us(called_at)), '%Y-%m-%d') as day,
        count(*)::bigint as calls,
        count_if(state = 'error')::bigint as failed,
        sum(attempts - 1)::bigint as retries,
        sum(prompt_tokens)::bigint as prompt_tokens,
        sum(output_tokens)::bigint as output_tokens,
        sum(seconds)::double as seconds,
        sum(money)::double as money
    from calls
    group by tier, stage, model, day
    order by tier, stage, model, day
)

select * from final
