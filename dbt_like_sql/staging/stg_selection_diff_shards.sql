select
    shard,
    before_written_at,
    causes,
    compared,
    promoted,
    demoted,
    agreement,
    kappa
from {{ source('l2_selection_diff_shards') }}
where before_activity_id is not null
