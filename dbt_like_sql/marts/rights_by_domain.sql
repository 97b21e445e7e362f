with stated as (
    select * from {{ ref('stg_rights') }}
),

admitted as (
    select * from {{ ref('stg_documents') }}
),

by_domain as (
    select
        stated.domain,
        stated.kind,
        coalesce(stated.value, '') as statement,
        list_sort(list(distinct stated.agent)) as agents,
        list_sort(list(distinct stated.stated_in)) as places,
        min(stated.stated_at) as first_stated,
        max(stated.stated_at) as last_stated,
        count(distinct stated.doc_id) as documents,
        count(distinct admitted.doc_id) as admitted
    from stated
    left join admitted on admitted.doc_id = stated.doc_id and admitted.shard = stated.shard
    group by all
),

final as (
    select
        domain,
        kind,
        statement,
        array_to_string(agents, ', ') as agents,
        array_to_string(places[1:5], ', ') as places,
        strftime(first_stated, '%Y-%m-%d') as first_stated,
        strftime(last_stated, '%Y-%m-%d') as last_stated,
        documents::bigint as documents,
        admitted::bigint as admitted
    from by_domain
    order by documents desc, domain, kind, statement
)

select * from final
