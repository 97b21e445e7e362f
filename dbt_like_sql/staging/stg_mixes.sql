with drawn as (
    select * from {{ ref('stg_mix_pretrain') }}
    union all
    select * from {{ ref('stg_mix_midtrain') }}
    union all
    select * from {{ ref('stg_mix_alignment') }}
)

select * from drawn
