with rules as (
    select * from {{ ref('l1_rules') }}
),

final as (
    select
        outcome,
        rule,
        count(*) as documents,
        coalesce(sum(tokens), 0)::bigint as tokens
    from rules
    group by outcome, rule
    order by outcome desc, documents desc, rule
)

select * from final
