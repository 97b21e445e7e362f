with stated as (
    select * from {{ ref('stg_values') }}
),

disputed as (
    select distinct entity, predicate from stated where state = 'contradicted'
),

final as (
    select
        stated.subject,
        stated.entity,
        stated.predicate,
        stated.object,
        stated.state,
        stated.reason,
        stated.confidence,
        stated.sources_for,
        stated.sources_against,
        stated.valid_from,
        stated.value_id
    from stated
    inner join disputed using (entity, predicate)
    order by stated.subject, stated.entity, stated.predicate, stated.confidence desc, stated.value_id
)

select * from final
