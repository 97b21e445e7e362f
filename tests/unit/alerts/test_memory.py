"""Each state is told once, its end once; messages and memory stay small whatever goes wrong at once."""

from tierline.alerts import Alarm, news_of
from tierline.alerts.memory import CHARACTERS, LINES, REMEMBERED

REFUSED = Alarm("l0_raw/a", "digest 1", "l0_raw: a is quarantined: rows is 0")


def test_a_state_is_told_once_another_state_again_and_its_end_once():
    first = news_of([REFUSED], {})
    assert first.lines == (REFUSED.text,)
    assert news_of([REFUSED], first.told).lines == ()
    again = news_of([Alarm("l0_raw/a", "digest 2", "worse")], first.told)
    assert again.lines == ("worse",)
    over = news_of([], again.told)
    assert over.lines == ("resolved: l0_raw/a",) and not over.told
    assert news_of([], over.told).lines == ()


def test_what_nobody_can_see_any_more_is_neither_told_nor_resolved():
    told = news_of([REFUSED], {}).told
    unseen = news_of([], told, frozenset({"l0_raw/a"}))
    assert unseen.lines == () and unseen.told == told


def test_a_flood_is_one_short_message_and_no_second_one():
    alarms = [Alarm(f"shard {number}", "x", "line " * 1000) for number in range(3 * REMEMBERED)]
    news = news_of(alarms, {})
    assert len(news.lines) == LINES + 1 and news.lines[-1] == f"and {REMEMBERED - LINES:,} more"
    assert max(map(len, news.lines)) <= CHARACTERS and len(news.told) == REMEMBERED
    assert news_of(alarms, news.told).lines == ()


def test_text_of_the_crawl_is_written_out_and_a_long_name_stays_short_and_distinct():
    hostile = Alarm("\x1b]8;;", "x", "file \x1b[31m\u202e.jsonl\nsecond line")
    assert news_of([hostile], {}).lines == ("file \\x1b[31m\\u202e.jsonl second line",)
    long = [Alarm("a" * 5000 + end, "x", "t") for end in "12"]
    told = news_of(long, {}).told
    assert len(told) == 2 and max(map(len, told)) < 200
    assert all("\x1b" not in line for line in news_of([], news_of([hostile], {}).told).lines)
