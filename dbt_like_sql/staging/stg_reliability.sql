select
    signal,
    "set" as anchor_set,
    scorer_version,
    n as texts,
    auc,
    auc_length_controlled,
    auc_length_controlled_lo as lower_bound,
    weight,
    reason
from {{ source('l2_reliability') }}
