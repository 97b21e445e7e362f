"""A message reaches a real receiver once, harmless to read; no receiver can hold or break the sender, and its address stays secret."""

import logging
import socket
import time

import pytest

from tests.unit.alerts.receiver import received
from tierline.alerts.webhook import NotTold, send


def test_a_text_arrives_as_the_json_that_chats_take_with_no_mention_or_link():
    with received() as receiver:
        send(receiver.url, "shard <!channel> & <https://evil.example|click>")
    assert receiver.texts == ["shard &lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;"]


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_any_other_status_is_not_told_and_no_redirect_is_followed(status):
    with received() as receiver:
        receiver.status = status
        with pytest.raises(NotTold, match=f"status {status}") as refused:
            send(receiver.url, "x")
        assert len(receiver.paths) == 1
    assert "SECRET" not in str(refused.value)


def test_an_answer_that_drips_is_given_up_after_the_whole_time_not_after_each_byte():
    with received() as receiver:
        receiver.slow = True
        began = time.monotonic()
        with pytest.raises(NotTold, match="did not answer within 1 s"):
            send(receiver.url, "x", seconds=1.0)
        assert time.monotonic() - began < 10


def test_a_name_that_is_looked_up_for_long_is_given_up_too(monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(1.0))
    began = time.monotonic()
    with pytest.raises(NotTold, match=r"did not answer within 0\.1 s"):
        send("http://receiver/SECRET", "x", seconds=0.1)
    assert time.monotonic() - began < 0.8


def test_a_receiver_that_is_down_is_named_without_its_address():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(NotTold, match="cannot be reached") as refused:
            send(f"http://127.0.0.1:{closed.getsockname()[1]}/services/SECRET", "x", seconds=5)
    assert "SECRET" not in repr(refused.value) and refused.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    ["SECRET", "ftp://host/SECRET", "http:///SECRET", "https://host:port/SECRET", "http://127.0.0.1:99999/SECRET", "http://xn--/SECRET"],
)
def test_what_is_no_address_is_named_by_its_variable_alone(url):
    with pytest.raises(NotTold, match="TIERLINE_ALERT_WEBHOOK") as refused:
        send(url, "x")
    assert "SECRET" not in str(refused.value)


@pytest.mark.parametrize("error", [OverflowError("SECRET"), RuntimeError("SECRET"), ExceptionGroup("SECRET", [OverflowError("SECRET")])])
def test_whatever_the_network_raises_is_one_line_without_the_address(monkeypatch, error):
    async def fail(*_):
        raise error

    monkeypatch.setattr("tierline.alerts.webhook._post", fail)
    with pytest.raises(NotTold, match=f"cannot be reached .{type(error).__name__}") as refused:
        send("http://host/SECRET", "x")
    assert "SECRET" not in str(refused.value) and refused.value.__cause__ is refused.value.__context__ is None


def test_no_logger_writes_the_address(caplog):
    with caplog.at_level(logging.DEBUG), received() as receiver:
        send(receiver.url, "x")
    assert receiver.texts and "SECRET" not in caplog.text
