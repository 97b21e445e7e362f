select
    passage_id as row_id,
    'l3_refined' as source_table,
    case
        when kind = 'qa' then if(len(call_ids) > 0, 'model', 'rules')
        when len(call_ids) > 0 then 'page, edited by a model'
        else 'page, edited by rules'
    end as origin
from {{ source('l3_refined') }}
union all
select
    derived_id as row_id,
    'l3_derived' as source_table,
    if(len(call_ids) > 0, 'model', 'rules') as origin
from {{ source('l3_derived') }}
union all
select
    feedback_id as row_id,
    'l3_feedback' as source_table,
    origin
from {{ source('l3_feedback') }}
