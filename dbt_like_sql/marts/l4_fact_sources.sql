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
        facts.entity,
        facts.predicate,
        facts.object,
        facts.independent_sources,
        facts.vouched_by,
        facts.state,
        facts.valid_from,
        facts.valid_until,
        sources.source,
        sources.domain,
        sources.url,
        sources.quote,
        sources.time,
        sources.page_time,
        sources.page_time_source,
        sources.parent_table,
        sources.parent_id,
        sources.parent_shard
    from facts
    inner join sources using (fact_id)
    order by facts.independent_sources desc, facts.fact_id, sources.source, sources.domain, sources.source_id
)

select * from final
