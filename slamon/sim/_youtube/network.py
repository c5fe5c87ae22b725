"""The channels, videos and comments of the pretend YouTube, and what may be done to them. No HTTP, no JSON here."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slamon.model import Instant, Millis

HANDLE = re.compile(r"[\w.\-·]{3,30}")
STATUSES = ("published", "heldForReview", "likelySpam", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A channel: everybody who comments has one. `closed`: its comments stay, without their author's id."""

    id: str
    handle: str
    subscribers: int = 100
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """A video on somebody's channel."""

    id: str
    channel: str
    title: str
    comments_on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A top comment, or a reply to one; `thread` is the id of the top comment."""

    id: str
    thread: str
    video: str
    author: str
    text: str
    published: Instant
    updated: Instant
    appears_at: Instant
    status: str = "published"
    likes: int = 0

    @property
    def top(self) -> bool:
        """Whether it stands directly under the video."""
        return self.id == self.thread


class Studio:
    """Everything that is on the pretend YouTube. Safe from any thread.

    Verbs raise `ValueError` for what YouTube would refuse too, and for ids that were never given out.
    """

    def __init__(self, clock: Callable[[], Instant], brand: str) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.videos: dict[str, Video] = {}
        self.comments: dict[str, Comment] = {}
        self._replies: defaultdict[str, list[str]] = defaultdict(list)
        self._numbers = count(1)
        self.brand = self.account(brand)
        self.first_video = self.upload("Our new parcel robot")

    def account(self, handle: str) -> Account:
        """The channel of that handle, made at its first use."""
        if not HANDLE.fullmatch(handle):
            raise ValueError(f"{handle!r} is no handle: 3 to 30 letters, digits and . - _")
        with self.lock:
            known = self.named(handle)
            if known is None:
                plain = re.sub(r"[^A-Za-z0-9]", "", handle)[:14]
                known = Account(id=f"UC{plain.ljust(16, '0')}{next(self._numbers):06d}", handle=handle)
                self.accounts[known.id] = known
            return known

    def named(self, handle: str) -> Account | None:
        """The channel of that handle, in whatever case."""
        wanted = handle.lower()
        return next((each for each in self.accounts.values() if each.handle.lower() == wanted), None)

    def upload(self, title: str, by: str | None = None) -> str:
        """Put a video on a channel (the brand's) and return its id."""
        with self.lock:
            channel = self.account(by) if by else self.brand
            video = Video(id=f"vid{next(self._numbers):08d}", channel=channel.id, title=title)
            self.videos[video.id] = video
            return video.id

    def comment(  # noqa: PLR0913 - what a comment can be, each by name
        self,
        handle: str,
        text: str,
        *,
        reply_to: str | None = None,
        video: str | None = None,
        at: Instant | None = None,
        status: str = "published",
        appears_after: Millis = 0,
    ) -> str:
        """Comment under a video, or reply to a comment, and return the new id.

        A reply to a reply hangs under the top comment, and begins with the name of whom it answers, as YouTube does.
        """
        with self.lock:
            parent = self.known(reply_to) if reply_to else None
            made = self.clock() if at is None else at
            number = next(self._numbers)
            if parent is None:
                ident = thread = f"Ugx{number:016d}4AaABAg"
            else:
                thread = parent.thread
                ident = f"{thread}.{number:022d}"
            if parent and not parent.top:
                text = f"@{self.accounts[parent.author].handle} {text}"
            self.comments[ident] = Comment(
                id=ident,
                thread=thread,
                video=parent.video if parent else video or self.first_video,
                author=self.account(handle).id,
                text=text,
                published=made,
                updated=made,
                appears_at=made + appears_after,
                status=status,
            )
            if parent is not None:
                self._replies[thread].append(ident)
            return ident

    def edit(self, ident: str, text: str) -> None:
        """Change the words of a comment."""
        with self.lock:
            self.comments[ident] = replace(self.known(ident), text=text, updated=self.clock())

    def delete(self, ident: str) -> None:
        """Take a comment away, with all replies to it."""
        with self.lock:
            gone = self.known(ident)
            for each in [each.id for each in self.comments.values() if ident in {each.id, each.thread}]:
                del self.comments[each]
            self.comments.pop(gone.id, None)

    def moderate(self, ident: str, status: str) -> None:
        """Publish a comment, hold it for review, or reject it."""
        if status not in STATUSES:
            raise ValueError(f"no status {status!r}; known are {STATUSES}")
        with self.lock:
            self.comments[ident] = replace(self.known(ident), status=status)

    def like(self, ident: str, times: int = 1) -> None:
        """Others like a comment."""
        with self.lock:
            self.comments[ident] = replace(self.known(ident), likes=self.known(ident).likes + times)

    def disable_comments(self, video: str) -> None:
        """Switch the comments of a video off: its threads are shown no more."""
        with self.lock:
            self.videos[video] = replace(self.videos[video], comments_on=False)

    def close_account(self, handle: str) -> None:
        """Close a channel; what it commented stays, and nobody is told who wrote it."""
        with self.lock:
            account = self.account(handle)
            self.accounts[account.id] = replace(account, closed=True)

    def known(self, ident: str | None) -> Comment:
        """The comment of that id.

        :raises ValueError: there is none, or there is none any more.
        """
        if ident not in self.comments:
            raise ValueError(f"there is no comment {ident!r}")
        return self.comments[ident]

    def threads(self, channel: str, status: str) -> Iterator[Comment]:
        """Top comments of all videos of a channel that have that status, or a reply that has it; newest first."""
        now = self.clock()
        tops = [each for each in self.comments.values() if each.top and self.videos[each.video].channel == channel]
        for top in sorted(tops, key=lambda each: (each.published, each.id), reverse=True):
            shown = self.videos[top.video].comments_on and top.appears_at <= now
            if shown and (top.status == status or (status != "published" and self.replies(top.id, status))):
                yield top

    def replies(self, thread: str, status: str = "published") -> list[Comment]:
        """Replies of a thread with that status, oldest first."""
        now = self.clock()
        found = [self.comments[ident] for ident in self._replies.get(thread, ()) if ident in self.comments]
        there = [each for each in found if each.status == status and each.appears_at <= now]
        return sorted(there, key=lambda each: (each.published, each.id))
