"""What each refusal of Slack means for a message, as data. A code that stands nowhere here is `UNKNOWN`.

Source: the error tables of chat.postMessage, chat.update, conversations.* and users.* in Slack's method reference.
`internal_error`, `fatal_error`, `service_unavailable` and `update_failed` are left to `UNKNOWN` on purpose: Slack says
that some aspect of the operation may have succeeded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slamon.model import SECOND
from slamon.notifiers.base import Outcome, SendError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.error import URLError

    from slamon.model import Millis

CODE = re.compile(r"[a-z0-9_]{1,80}")
SCOPES = re.compile(r"[a-z0-9:._,-]{1,200}")
DELAY = re.compile(r"[0-9]{1,6}")
OK = 200
TOO_MANY_REQUESTS = 429
SERVER_ERRORS = 500

CODES: dict[Outcome, frozenset[str]] = {
    Outcome.NOT_SENT: frozenset(
        {
            "deprecated_endpoint",
            "external_channel_migrating",
            "method_deprecated",
            "request_timeout",  # the body arrived cut off
            "streaming_state_conflict",
            "team_added_to_org",
            "unknown_method",
        }
    ),
    Outcome.PACE: frozenset({"message_limit_exceeded", "rate_limited", "ratelimited"}),
    Outcome.BAD_PLACE: frozenset(
        {
            "access_denied",
            "cannot_dm_bot",
            "channel_is_limited_access",
            "channel_not_found",
            "channel_type_not_supported",
            "invalid_channel",
            "invalid_user_combination",
            "invalid_users",
            "is_archived",
            "is_inactive",
            "messages_tab_disabled",
            "method_not_supported_for_channel_type",
            "no_permission",  # Slack's own advice for it: make the app a member of the conversation
            "not_in_channel",
            "posting_to_channel_denied",
            "restricted_action",
            "restricted_action_non_threadable_channel",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "team_not_found",
            "user_disabled",
            "user_not_found",
            "user_not_in_channel",
            "user_not_visible",
            "users_not_found",
        }
    ),
    Outcome.BAD_CREDENTIAL: frozenset(
        {
            "access_limited",
            "accesslimited",
            "account_inactive",
            "app_access_restricted",
            "app_uninstalled",
            "ekm_access_denied",
            "enterprise_is_restricted",
            "invalid_auth",
            "is_bot",
            "missing_scope",
            "not_allowed_token_type",
            "not_authed",
            "org_login_required",
            "send_on_behalf_not_allowed",
            "team_access_not_granted",
            "token_expired",
            "token_revoked",
            "two_factor_setup_required",
        }
    ),
    Outcome.BAD_CONTENT: frozenset(
        {
            "as_user_not_supported",
            "attachment_payload_limit_exceeded",
            "block_mismatch",
            "cant_broadcast_message",
            "http_413",
            "invalid_arg_name",
            "invalid_arguments",
            "invalid_array_arg",
            "invalid_attachments",
            "invalid_blocks",
            "invalid_blocks_format",
            "invalid_charset",
            "invalid_form_data",
            "invalid_json",
            "invalid_metadata_format",
            "invalid_metadata_schema",
            "invalid_post_type",
            "json_not_object",
            "markdown_text_conflict",
            "metadata_must_be_sent_from_app",
            "metadata_too_large",
            "missing_file_data",
            "missing_post_type",
            "msg_blocks_too_long",
            "msg_too_long",
            "no_dual_broadcast_content_update",
            "no_text",
            "slack_connect_canvas_sharing_blocked",
            "slack_connect_file_link_sharing_blocked",
            "slack_connect_lists_sharing_blocked",
            "too_many_attachments",
            "too_many_blocks",
            "too_many_contact_cards",
        }
    ),
    Outcome.GONE: frozenset(
        {
            "cannot_reply_to_message",
            "cant_update_message",
            "edit_window_closed",
            "message_not_found",
            "restricted_action_thread_locked",
            "thread_not_found",
        }
    ),
}
OUTCOMES: dict[str, Outcome] = {code: outcome for outcome, codes in CODES.items() for code in codes}

ADVICE: dict[Outcome, str] = {
    Outcome.NOT_SENT: "it was not accepted and is tried again",
    Outcome.UNKNOWN: "it may have been accepted all the same",
    Outcome.PACE: "Slack asks to wait",
    Outcome.BAD_PLACE: "check that the channel exists, is not archived, and that the app was invited to it",
    Outcome.BAD_CREDENTIAL: "check the token and the scopes of the Slack app",
    Outcome.BAD_CONTENT: "Slack does not take the message in this form",
    Outcome.GONE: "the message or its thread no longer exists or can no longer be changed",
}


def outcome_of(code: str) -> Outcome:
    """What is known of a request that Slack answered with `code`, such as `not_in_channel` or `http_503`."""
    return OUTCOMES.get(code, Outcome.UNKNOWN)


def refused(method: str, status: int, headers: Mapping[str, str], data: object) -> SendError:
    """The error for an answer that is not ok. Only words of Slack's own small alphabets are repeated in it."""
    told = data if isinstance(data, dict) else {}
    code = _code(status, str(told.get("error", "")))
    outcome = _outcome(status, code)
    needed = str(told.get("needed", ""))
    scope = f", the scope {needed} is missing" if code == "missing_scope" and SCOPES.fullmatch(needed) else ""
    message = f"Slack answered {method} with {code}{scope}: {ADVICE[outcome]}"
    return SendError(outcome, message, code=code, retry_after=_retry_after(headers))


def not_sent(method: str, error: URLError) -> SendError:
    """The error for a request that never left this machine."""
    return SendError(Outcome.NOT_SENT, f"{method}: no connection to Slack ({error.reason})", code="no_connection")


def lost(method: str, error: Exception) -> SendError:
    """The error for a request that left, and whose answer did not come or made no sense."""
    reason = type(error).__name__
    return SendError(Outcome.UNKNOWN, f"{method}: no whole answer from Slack ({reason})", code="no_answer")


def _code(status: int, said: str) -> str:
    if CODE.fullmatch(said):
        return said
    return "bad_answer" if status == OK else f"http_{status}"


def _outcome(status: int, code: str) -> Outcome:
    if status == TOO_MANY_REQUESTS:
        return Outcome.PACE
    return Outcome.UNKNOWN if status >= SERVER_ERRORS else outcome_of(code)


def _retry_after(headers: Mapping[str, str]) -> Millis | None:
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return int(said) * SECOND if DELAY.fullmatch(said) else None
