"""Deliveries to a program of the team's own: what they say, what proves them, and what may become of them."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slack_parts import BREACHED, NASTY, STARTED, WAITING
from slamon.notifiers.base import Digest, Notice, Outcome, SendError
from slamon.notifiers.webhook import Webhook, document, signature
from slamon.sim.faults import Fault
from slamon.sim.webhook import FRESH, PretendWebhook

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "canary-of-the-webhook-secret"
PATH = "/alerts"


@pytest.fixture
def receiver() -> Iterator[PretendWebhook]:
    with PretendWebhook(lambda: STARTED, SECRET) as receiver:
        yield receiver


def webhook(receiver: PretendWebhook, secret: str = SECRET) -> Webhook:
    return Webhook(receiver.url + PATH, secret, timeout=2.0)


def fails(receiver: PretendWebhook, secret: str = SECRET, at: int = STARTED) -> SendError:
    with pytest.raises(SendError) as caught:
        webhook(receiver, secret).deliver("one", {"kind": "test"}, at)
    assert "canary" not in str(caught.value)
    return caught.value


def test_a_delivery_is_signed_over_its_time_and_body(receiver: PretendWebhook) -> None:
    webhook(receiver).deliver("one", document(BREACHED), STARTED)
    (taken,) = receiver.server.ledger
    sent = taken.request
    proof = hmac.new(SECRET.encode(), f"{STARTED // 1000}.".encode() + sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["x-slamon-signature"] == f"v1={proof}"
    assert sent.headers["x-slamon-delivery"] == sent.json()["delivery"] == "one"
    assert sent.headers["content-type"] == "application/json"
    assert "canary" not in repr((sent.headers, sent.body))


def test_a_signature_of_another_secret_time_or_body_is_another() -> None:
    known = signature("a" * 20, "1", b"{}")
    assert known not in {
        signature("b" * 20, "1", b"{}"),
        signature("a" * 20, "2", b"{}"),
        signature("a" * 20, "1", b""),
    }


def test_a_receiver_refuses_what_is_signed_by_another(receiver: PretendWebhook) -> None:
    assert fails(receiver, "another-secret-of-somebody").outcome is Outcome.BAD_CREDENTIAL
    assert receiver.taken == {}


def test_a_receiver_refuses_what_is_old(receiver: PretendWebhook) -> None:
    assert fails(receiver, at=STARTED - FRESH - 1_000).code == "http_401"


def test_a_redirect_is_not_followed(receiver: PretendWebhook) -> None:
    elsewhere = {"location": receiver.url + "/_range/requests"}
    receiver.server.faults.add(Fault(path=PATH, status=307, headers=elsewhere))
    error = fails(receiver)
    assert "redirects are not followed" in str(error)
    assert [taken.request.path for taken in receiver.server.ledger] == [PATH]


ANSWERS = {
    400: Outcome.BAD_CONTENT,
    401: Outcome.BAD_CREDENTIAL,
    403: Outcome.BAD_CREDENTIAL,
    404: Outcome.BAD_CONTENT,
    408: Outcome.PACE,
    429: Outcome.PACE,
    500: Outcome.UNKNOWN,
    503: Outcome.UNKNOWN,
}


@pytest.mark.parametrize(("status", "outcome"), ANSWERS.items())
def test_what_a_refusal_means(receiver: PretendWebhook, status: int, outcome: Outcome) -> None:
    receiver.server.faults.add(Fault(path=PATH, status=status, headers={"retry-after": "7"}))
    error = fails(receiver)
    assert (error.outcome, error.code, error.retry_after) == (outcome, f"http_{status}", 7_000)


def test_a_receiver_that_is_not_there_got_nothing_for_sure(receiver: PretendWebhook) -> None:
    receiver.server.close()
    assert fails(receiver).outcome is Outcome.NOT_SENT


def test_an_answer_that_never_comes_leaves_it_unknown(receiver: PretendWebhook) -> None:
    receiver.server.faults.add(Fault(path=PATH, drop="before"))
    assert fails(receiver).outcome is Outcome.UNKNOWN


def test_certificates_that_are_not_there_are_named() -> None:
    with pytest.raises(SendError, match="certificates in nowhere"):
        Webhook("https://127.0.0.1:1/alerts", SECRET, "nowhere").deliver("one", {}, STARTED)


def test_the_words_of_an_alert_are_cut_as_the_channel_says() -> None:
    assert document(WAITING)["alert"]["text"].startswith("@acme where is my parcel?")
    assert document(replace(WAITING, show_text="none"))["alert"]["text"] == ""
    assert len(document(replace(WAITING, show_text="cut", text="a" * 999))["alert"]["text"]) == 200


def test_instants_are_written_in_utc() -> None:
    assert document(WAITING)["alert"]["due_at"] == "2026-11-23T13:32:00Z"
    assert document(WAITING)["alert"]["answered_at"] is None


def test_a_digest_and_a_notice_are_documents_too() -> None:
    digest = Digest(number=3, kind="storm", title="300 late", facts=(("Late", "300"),), rows=(BREACHED,), now=STARTED)
    said = document(digest)
    assert (said["kind"], said["digest"]["kind"], said["digest"]["alerts"][0]["wait"]) == ("digest", "storm", 7)
    assert document(Notice("mended")) == {"kind": "notice", "text": "mended"}


@given(st.one_of(st.text(), st.sampled_from(NASTY)))
def test_whatever_a_customer_writes_becomes_sound_json(text: str) -> None:
    said = document(replace(WAITING, text=text, customer=text, handle=text, permalink=text))
    body = json.dumps(said).encode()
    assert json.loads(body)["alert"]["wait"] == 7
