"""One line an event; no secret, no control character and no forged line gets through, whoever wrote it."""

from __future__ import annotations

import io
import json
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from slamon import logs
from slamon.eventlog import EventLog, level_of
from slamon.events import AlertSent, ApiCalled, PollEnded, QuotaSeen, RulesLoaded, SweepEnded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.events import Event

CANARY = "canary/4711+secret=value"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def configured(level: str = "debug", *, as_json: bool = True) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(level, json=as_json, stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class TestLines:
    def test_a_line_is_one_json_object_with_time_level_event_and_fields(self) -> None:
        stream = configured()
        logs.get("poller").info("poll_ended", channel="acme-x", new=3)
        (line,) = lines(stream)
        assert list(line)[:3] == ["time", "level", "event"]
        assert line | {"time": ""} == {
            "time": "",
            "level": "info",
            "event": "poll_ended",
            "source": "poller",
            "channel": "acme-x",
            "new": 3,
        }

    def test_text_for_a_terminal_holds_the_same_on_one_line(self) -> None:
        stream = configured(as_json=False)
        logs.get("poller").warning("poll_ended", channel="acme-x", error="no answer in time")
        line = stream.getvalue()
        assert line.count("\n") == 1
        assert 'warning  poll_ended source=poller channel=acme-x error="no answer in time"' in line

    def test_a_stream_that_is_no_terminal_gets_json(self) -> None:
        stream = io.StringIO()
        logs.configure("info", stream=stream)
        logs.get("x").info(logs.STARTED)
        assert lines(stream)[0]["event"] == "started"

    def test_below_the_level_nothing_is_written(self) -> None:
        stream = configured("warning")
        logs.get("x").info("quiet")
        logging.getLogger("urllib3").info("quiet")
        assert stream.getvalue() == ""

    def test_a_level_nobody_knows_is_refused(self) -> None:
        with pytest.raises(KeyError):
            logs.configure("chatty")

    def test_a_logger_made_before_follows_a_later_configuration(self) -> None:
        log = logs.get("early")
        stream = configured()
        log.info("late")
        assert lines(stream)[0]["event"] == "late"

    def test_libraries_come_through_the_same_sink(self) -> None:
        stream = configured()
        logging.getLogger("urllib3.connectionpool").debug("GET %s", "/2/x?access_token=abcdef123")
        (line,) = lines(stream)
        assert line["event"] == logs.LIBRARY
        assert line["source"] == "urllib3.connectionpool"
        assert line["message"] == "GET /2/x?access_token=***"

    def test_configuring_twice_writes_each_line_once(self) -> None:
        configured()
        stream = configured()
        logging.getLogger("apscheduler").warning("once")
        assert len(lines(stream)) == 1

    def test_a_library_with_wrong_arguments_loses_only_them(self) -> None:
        stream = configured()
        ours = logging.getLogger().handlers[-1]
        ours.handle(logging.makeLogRecord({"msg": "%d of %s", "args": (CANARY,), "levelno": logging.WARNING}))
        assert lines(stream)[0]["message"] == "%d of %s"

    def test_a_stream_that_is_gone_harms_nobody(self) -> None:
        stream = configured()
        stream.close()
        logs.get("x").error("unheard")

    def test_threads_do_not_mix_their_lines(self) -> None:
        stream = configured()
        log = logs.get("x")
        crowd = [threading.Thread(target=lambda: [log.info("e", n=n) for n in range(50)]) for _ in range(4)]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        assert len(lines(stream)) == 200


class TestTracebacks:
    def failing(self, stream: io.StringIO) -> str:
        logs.redact.register(CANARY)
        logs.get("x").error(logs.FAULT, exc_info=ValueError(f"token {CANARY}\nforged \x1b[2J line"))
        return stream.getvalue()

    def test_a_traceback_is_one_json_line_without_secrets(self) -> None:
        text = self.failing(configured())
        assert text.count("\n") == 1
        assert CANARY not in text
        assert "ValueError" in json.loads(text)["exception"]
        assert "\x1b" not in json.loads(text)["exception"]

    def test_a_traceback_on_a_terminal_is_indented_so_that_no_line_of_it_looks_like_ours(self) -> None:
        text = self.failing(configured(as_json=False))
        assert all(line.startswith("  | ") for line in text.splitlines()[1:])
        assert CANARY not in text


class TestRedaction:
    @pytest.mark.parametrize(
        ("text", "clean"),
        [
            ("https://h/p?access_token=abc&since=5", "https://h/p?access_token=***&since=5"),
            ("https://h/p?since=5&client_secret=abc#x", "https://h/p?since=5&client_secret=***#x"),
            ("Authorization: Bearer AAAA.bbb-ccc%3D", "Authorization: Bearer ***"),
            ("{'authorization': 'Basic dXNlcjpwdw=='}", "{'authorization': 'Basic ***'}"),
            ("'Authorization': 'opaque-value'", "'Authorization': '***'"),
            ("token xoxb-123-456-abc failed", "token xoxb-*** failed"),
            ("xapp-1-A1-2-abc", "xapp-***"),
            ("postgresql://slamon:hunter2@db/slamon", "postgresql://slamon:***@db/slamon"),
            ("basic facts of bearer bonds", "basic facts of bearer bonds"),
            ("the monkey=banana and 10:30", "the monkey=banana and 10:30"),
        ],
    )
    def test_what_looks_like_a_token_is_starred(self, text: str, clean: str) -> None:
        assert logs.Redactor()(text) == clean

    def test_a_registered_secret_is_starred_as_it_is_percent_encoded_and_in_json(self) -> None:
        redact = logs.Redactor()
        redact.register('pass"word/ü')
        assert redact('a pass"word/ü b') == "a *** b"
        assert redact("x=pass%22word%2F%C3%BC") == "x=***"
        assert redact(json.dumps('pass"word/ü')) == '"***"'

    def test_of_two_secrets_the_longer_one_goes_first(self) -> None:
        redact = logs.Redactor()
        redact.register("secret-1")
        redact.register("secret-12345")
        assert redact("secret-12345") == "***"

    def test_a_word_of_a_few_letters_is_no_secret(self) -> None:
        redact = logs.Redactor()
        redact.register("on")
        assert redact("poll once") == "poll once"

    @given(st.text(st.characters(exclude_characters="*"), min_size=logs.LEAST_SECRET), st.text(), st.text())
    def test_no_registered_secret_gets_through(self, secret: str, before: str, after: str) -> None:
        redact = logs.Redactor()
        redact.register(secret)
        assert secret not in redact(before + secret + after)

    def test_secrets_in_keys_lists_and_objects_are_starred_too(self) -> None:
        logs.redact.register(CANARY)
        stream = configured()

        class Odd:
            def __str__(self) -> str:
                return f"odd {CANARY}"

        logs.get("x").info("e", a=[CANARY, {"b": CANARY, CANARY: 1}], odd=Odd(), pair=(1, CANARY), none=None)
        assert CANARY not in stream.getvalue()
        assert lines(stream)[0]["odd"] == "odd ***"


class TestEscape:
    def test_control_and_bidi_characters_are_written_out(self) -> None:
        assert logs.escape("a\x1b[31m\u202eb\nc\x7f\u2066\x9b") == "a\\x1b[31m\\u202eb\\nc\\x7f\\u2066\\x9b"

    def test_ordinary_text_of_any_language_stays(self) -> None:
        text = "Straße, مرحبا, 日本, 👩\u200d👧, 🇩🇪"
        assert logs.escape(text) == text

    @given(st.text(alphabet=st.characters(blacklist_categories=())))
    def test_what_comes_out_is_one_printable_line_that_can_be_encoded(self, text: str) -> None:
        clean = logs.escape(text)
        clean.encode()
        assert len(clean.splitlines()) <= 1
        assert not set(clean) & set(map(chr, [*range(32), 0x7F, 0x202E, 0x2028]))


def poll(**facts: Any) -> PollEnded:
    return PollEnded("acme-x", "x", "poll", **{"outcome": "ok", "seconds": 0.1234567891, **facts})


class TestEvents:
    @pytest.mark.parametrize(
        ("event", "level"),
        [
            (poll(), "DEBUG"),
            (poll(new=1), "INFO"),
            (poll(gone=1), "INFO"),
            (poll(new=1, rejected=1), "WARNING"),
            (poll(outcome="partial"), "WARNING"),
            (poll(outcome="retry"), "WARNING"),
            (poll(outcome="wait"), "WARNING"),
            (poll(outcome="credential"), "ERROR"),
            (poll(outcome="payment"), "ERROR"),
            (poll(outcome="fault"), "ERROR"),
            (ApiCalled("acme-x", "x", "mentions", "200", 0.1), "DEBUG"),
            (ApiCalled("acme-x", "x", "mentions", "timeout", 0.1), "INFO"),
            (QuotaSeen("acme-x", "x", "mentions", 450, 1, 5), "DEBUG"),
            (SweepEnded(0.1, 5, 0), "DEBUG"),
            (SweepEnded(0.1, 5, 1), "INFO"),
            (SweepEnded(0.1, 0, 0, outcome="store"), "ERROR"),
            (AlertSent("slack", "desk", "post", "sent", 0.1), "INFO"),
            (AlertSent("slack", "desk", "post", "pace", 0.1), "WARNING"),
            (AlertSent("slack", "desk", "post", "bad_place", 0.1), "ERROR"),
            (RulesLoaded("abc", 5), "INFO"),
        ],
    )
    def test_each_outcome_has_the_level_that_it_deserves(self, event: Event, level: str) -> None:
        assert logging.getLevelName(level_of(event)) == level

    def test_an_event_is_one_complete_line(self) -> None:
        stream = configured()
        EventLog()(poll(outcome="retry", error="posts: no answer in time", pages=2))
        (line,) = lines(stream)
        assert line.pop("time")
        assert line == {
            "level": "warning",
            "event": "poll_ended",
            "source": "slamon",
            "channel": "acme-x",
            "platform": "x",
            "purpose": "poll",
            "outcome": "retry",
            "seconds": 0.123457,
            "pages": 2,
            "new": 0,
            "changed": 0,
            "known": 0,
            "rejected": 0,
            "gone": 0,
            "error": "posts: no answer in time",
        }

    def test_routine_is_silent_at_the_usual_level(self) -> None:
        stream = configured("info")
        EventLog()(poll())
        assert stream.getvalue() == ""
