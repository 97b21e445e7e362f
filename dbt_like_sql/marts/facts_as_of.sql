with facts as (
    select * from {{ ref('stg_facts') }}
),

asked as (
    select coalesce(nullif({{ var('day') }}, ''), strftime(current_date, '%Y-%m-%d')) as day
),

final as (
    select
        facts.subject,
        facts.entity,
        facts.predicate,
        facts.object,
        facts.valid_from,
        facts.valid_until,
        facts.dated_by,
        facts.independent_sources,
        facts.fact_id
    from facts
    cross join asked
    where
        (facts.known_by is null or left(facts.known_by, length(asked.day)) <= asked.day)
        and (facts.valid_until is null or left(facts.valid_until, length(asked.day)) > asked.day)
    order by facts.subject, facts.predicate, facts.valid_from, facts.fact_id
)

select * from final
