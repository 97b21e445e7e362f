with records as (
    select * from {{ ref('stg_records') }}
),

documents as (
    select * from {{ ref('stg_documents') }}
),

selected as (
    select * from {{ ref('stg_selected') }}
),

passages as (
    select * from {{ ref('stg_passages') }}
),

manuals as (
    select * from {{ ref('stg_manuals') }}
),

sources as (
    select * from {{ ref('stg_sources') }}
),

quoted as (
    select
        sources.fact_id,
        coalesce(passages.doc_id, sources.parent_id) as doc_id
    from sources
    left join passages on sources.parent_table = 'l3_refined' and sources.parent_id = passages.passage_id
),

read as (
    select
        file,
        shard,
        count(*) as records,
        count(*) filter (where status = 'error') as errors,
        count(*) filter (where status = 'ok') as l0_rows,
        min(source_offset) filter (where status = 'error') as first_error_offset,
        arg_min(error, source_offset) filter (where status = 'error') as first_error
    from records
    group by all
),

tiers as (
    select doc_id, 'l1' as tier, doc_id as row_id from documents
    union all
    select doc_id, 'l2' as tier, doc_id as row_id from selected
    union all
    select doc_id, 'l3' as tier, passage_id as row_id from passages
    union all
    select doc_id, 'l4' as tier, fact_id as row_id from quoted
    union all
    select doc_id, 'l4' as tier, section_id as row_id from manuals
),

promoted as (
    select
        records.file,
        count(distinct tiers.row_id) filter (where tiers.tier = 'l1') as l1_rows,
        count(distinct tiers.row_id) filter (where tiers.tier = 'l2') as l2_rows,
        count(distinct tiers.row_id) filter (where tiers.tier = 'l3') as l3_rows,
        count(distinct tiers.row_id) filter (where tiers.tier = 'l4') as l4_rows
    from tiers
    inner join records using (doc_id)
    group by all
),

final as (
    select
        read.file,
        read.shard,
        read.records::bigint as records,
        read.errors::bigint as errors,
        read.l0_rows::bigint as l0_rows,
        coalesce(promoted.l1_rows, 0)::bigint as l1_rows,
        coalesce(promoted.l2_rows, 0)::bigint as l2_rows,
        coalesce(promoted.l3_rows, 0)::bigint as l3_rows,
        coalesce(promoted.l4_rows, 0)::bigint as l4_rows,
        read.first_error_offset,
        read.first_error
    from read
    left join promoted using (file)
    order by read.file, read.shard
)

select * from final
