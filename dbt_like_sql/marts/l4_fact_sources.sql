with facts as (
    select * from {{ ref('stg_facts') }}
),

sources as (
    select * from {{ ref('stg_sources') }}
),

final as (
    select
        facts.fact_id,
        facts.subject,
        facts.predicate,
        facts.object,
        facts.independent_sources,
        sources.domain,
        sources.url,
        sources.quote,
        sources.parent_table,
        sources.parent_id,
        sources.parent_shard
    from facts
    inner join sources using (fact_id)
    order by facts.independent_sources desc, facts.fact_id, sources.domain, sources.source_id
)

select * from final
