{%- macro bound_of(name) -%}
{%- if name in ('language_confidence_min', 'mean_word_length_min', 'mean_word_length_max') -%}
coalesce(own_{{ name }}, {{ var(name) }})::double
{%- else -%}
({{ var(name) }})::double
{%- endif -%}
{%- endmacro -%}
{%- macro below(rule, signal, bound, applies='true') -%}
{'rule': '{{ rule }}', 'value': {{ signal }}, 'threshold': {{ bound_of(bound) }}, 'broken': {{ applies }} and {{ signal }} < {{ bound_of(bound) }}}
{%- endmacro -%}
{%- macro above(rule, signal, bound, applies='true') -%}
{'rule': '{{ rule }}', 'value': {{ signal }}, 'threshold': {{ bound_of(bound) }}, 'broken': {{ applies }} and {{ signal }} > {{ bound_of(bound) }}}
{%- endmacro -%}
{%- set whatever_lane = "['language:unwanted', 'c4:lorem_ipsum', 'profanity']" -%}
with signals as (
    select * from {{ ref('stg_signals') }}
),

bounds as (
    select * from {{ ref('stg_language_bounds') }} where {{ var('language_bounds') }}
),

bounded as (
    select
        signals.*,
        bounds.language_confidence_min as own_language_confidence_min,
        bounds.mean_word_length_min as own_mean_word_length_min,
        bounds.mean_word_length_max as own_mean_word_length_max
    from signals
    left join bounds on signals.language = bounds.language
),

judged as (
    select
        doc_id,
        shard,
        language,
        tokens,
        [
            {'rule': 'language:unknown', 'value': language_confidence, 'threshold': {{ bound_of('language_confidence_min') }},
                'broken': language = 'unknown' or language_confidence < {{ bound_of('language_confidence_min') }}},
            {'rule': 'language:unwanted', 'value': language_confidence, 'threshold': null::double,
                'broken': {{ var('languages') }} <> '' and not list_contains(string_split({{ var('languages') }}, ','), language)},
            {{ below('gopher:too_short', 'word_count', 'words_min') }},
            {{ above('gopher:too_long', 'word_count', 'words_max') }},
            {{ above('c4:lorem_ipsum', 'lorem_ipsum_count', 'lorem_ipsum_max') }},
            {{ above('c4:curly_brace', 'curly_brace_count', 'curly_braces_max') }},
            {{ below('gopher:word_length_low', 'mean_word_length', 'mean_word_length_min', 'unspaced_share <= 0.5') }},
            {{ above('gopher:word_length_high', 'mean_word_length', 'mean_word_length_max', 'unspaced_share <= 0.5') }},
            {{ above('gopher:symbols', 'symbol_word_ratio', 'symbol_word_ratio_max') }},
            {{ above('gopher:bullets', 'bullet_line_share', 'bullet_lines_max') }},
            {{ above('gopher:ellipses', 'ellipsis_line_share', 'ellipsis_lines_max') }},
            {{ below('gopher:alphabetic', 'alphabetic_word_share', 'alphabetic_words_min', 'unspaced_share <= 0.5') }},
            {{ below('gopher:stop_words', 'stop_word_count', 'stop_words_min') }},
            {{ above('gopher:duplicate_lines', 'duplicate_line_share', 'duplicate_lines_max') }},
            {{ above('gopher:duplicate_paragraphs', 'duplicate_paragraph_share', 'duplicate_paragraphs_max') }},
            {{ above('gopher:duplicate_line_chars', 'duplicate_line_char_share', 'duplicate_line_chars_max') }},
            {{ above('gopher:duplicate_paragraph_chars', 'duplicate_paragraph_char_share', 'duplicate_paragraph_chars_max') }},
            {% for size in (2, 3, 4) -%}
            {{ above('gopher:top_%dgram' % size, 'top_%dgram_char_share' % size, 'top_%dgram_max' % size) }},
            {% endfor -%}
            {% for size in (5, 6, 7, 8, 9, 10) -%}
            {{ above('gopher:duplicate_%dgram' % size, 'duplicate_%dgram_char_share' % size, 'duplicate_%dgram_max' % size) }},
            {% endfor -%}
            {{ below('c4:sentences', 'sentence_count', 'sentences_min') }},
            {{ below('fineweb:punctuated_lines', 'terminal_punctuation_line_share', 'punctuated_lines_min') }},
            {{ above('fineweb:short_lines', 'short_line_share', 'short_lines_max') }},
            {{ above('fineweb:duplicate_line_chars', 'duplicate_line_text_share', 'duplicate_line_text_max') }},
            {{ above('fineweb:newlines', 'newline_word_ratio', 'newlines_per_word_max') }},
            {{ above('profanity', 'profane_word_share', 'profane_words_max',
                'profane_word_count >= ' ~ var('profane_count_min') ~ " and (language <> 'en' or toxicity >= " ~ var('profane_toxicity_min') ~ ')') }}
        ] as checks,
        data_cell_count >= {{ var('data_cells_min') }} and language <> 'unknown' as has_data
    from bounded
),

broken as (
    select
        doc_id,
        shard,
        language,
        tokens,
        list_filter(checks, lambda checked: checked.broken) as failed,
        has_data and not list_bool_or(list_transform(failed, lambda checked: list_contains({{ whatever_lane }}, checked.rule)))
            as is_data
    from judged
),

decided as (
    select
        * exclude (failed, is_data),
        case when len(failed) = 0 then 'prose' when is_data then 'data' end as lane,
        case when not is_data then failed[1] end as first_check
    from broken
),

final as (
    select
        doc_id,
        shard,
        case when lane is null then 'dropped' else 'kept' end as outcome,
        lane,
        first_check.rule as rule,
        first_check.value as value,
        first_check.threshold as threshold,
        case when first_check.rule like 'language:%' then language end as detail,
        tokens
    from decided
    order by doc_id
)

select * from final
