"""An independent reading of what slamon measures, to hold `slamon replay` against. Shares no code with slamon.

Where slamon walks through a thread once and keeps who waits, this looks at each customer by itself: it lists the
replies that reach the customer, cuts the customer's messages at them, and measures the pieces.
"""

import json
import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias, TypedDict

HOUR = 3_600_000
DAY = 24 * HOUR
Places: TypeAlias = dict[str, int]


class Post(TypedDict):
    id: str
    brand: str
    thread: str | None
    parent: str
    role: str
    author: str
    t: int
    names: set[str]
    kind: str


class Timer(NamedTuple):
    brand: str
    target: str
    start: int
    end: int | None
    due: int


OWN = {"brand", "automation", "staff"}


def figures(lines: Iterable[str], first: int = HOUR, following: int = HOUR, at: int | None = None) -> dict[str, Any]:
    """What `slamon replay --json` should print. Spans and instants in milliseconds."""
    records = [parsed(json.loads(line)) for line in lines if line.strip()]
    records = merged([r for r in records if at is None or r["t"] <= at])
    if at is None:
        at = max((r["t"] for r in records), default=0)
    threads = by_thread(records)
    rows = [row for (brand, _), posts in threads.items() for row in timers(brand, posts, first, following)]
    people = {(key, r["author"] or branch(r, p)) for key, p in threads.items() for r in p if r["role"] == "customer"}
    brands = sorted({brand for brand, _ in threads})
    targets = ("first_response", "next_response")
    return {
        "messages": len(records),
        "threads": len(threads),
        "conversations": len(people),
        "channels": {
            b: {t: summary([r for r in rows if r.brand == b and r.target == t], at) for t in targets} for b in brands
        },
        "total": {t: summary([r for r in rows if r.target == t], at) for t in targets},
    }


def parsed(raw: dict[str, Any]) -> Post:
    stamp = datetime.fromisoformat(raw["created_at"])
    text = raw.get("text") or ""
    names = raw["mentions"] if raw.get("mentions") is not None else at_words(text)
    return {
        "id": raw["id"],
        "brand": raw["brand"],
        "thread": raw.get("conversation"),
        "parent": raw.get("in_reply_to") or "",
        "role": raw["role"],
        "author": (raw["author"] or (raw["brand"] if raw["role"] in OWN else "")).lower(),
        "t": round(stamp.timestamp() * 1000),
        "names": {name.lower().lstrip("@") for name in names},
        "kind": raw.get("kind") or "mention",
    }


def at_words(text: str) -> list[str]:
    """Each @name, read up to the first dot or dash and read with them; `me@acme.example` is no name."""
    found = []
    for start, sign in enumerate(text):
        before = text[start - 1] if start else " "
        if sign != "@" or word(before) or before == "@":
            continue
        end = start + 1
        while end < len(text) and (word(text[end]) or text[end] in ".-"):
            end += 1
        whole = text[start + 1 : end].rstrip(".-")
        if whole and whole[0] not in ".-":
            found += [whole, whole.replace("-", ".").split(".")[0]]
    return found


def word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def merged(records: list[Post]) -> list[Post]:
    """A repeated id is an edit: the last text counts, at the earliest time."""
    whole: dict[tuple[str, str], Post] = {}
    for record in records:
        key = record["brand"], record["id"]
        earliest = min(record["t"], whole.get(key, record)["t"])
        whole[key] = {**record, "t": earliest}
    return list(whole.values())


def by_thread(records: list[Post]) -> dict[tuple[str, str], list[Post]]:
    known = {(r["brand"], r["id"]): r for r in records}
    threads: dict[tuple[str, str], list[Post]] = {}
    for record in records:
        name = record["thread"] or furthest(record, known)
        threads.setdefault((record["brand"], name), []).append(record)
    return threads


def furthest(record: Post, known: dict[tuple[str, str], Post]) -> str:
    seen: list[str] = [record["id"]]
    while True:
        here = known.get((record["brand"], seen[-1]))
        if here is None or not here["parent"]:
            return seen[-1]
        if here["parent"] in seen:
            return min(seen[seen.index(here["parent"]) :])
        seen.append(here["parent"])


def in_order(posts: list[Post]) -> list[Post]:
    """created_at, parent before child, customer before brand, id (numeric ones by number)."""
    by_id = {p["id"]: p for p in posts}

    def generations(post: Post) -> int:
        above = by_id.get(post["parent"])
        return 1 + generations(above) if above and above["t"] == post["t"] else 0

    return sorted(posts, key=lambda p: (p["t"], generations(p), p["role"] in OWN, number(p["id"])))


def number(ident: str) -> tuple[int, int, str]:
    return (0, int(ident), ident) if ident.isdecimal() else (1, 0, ident)


def timers(brand: str, posts: list[Post], first: int, following: int) -> Iterator[Timer]:
    order = in_order([{**p, "author": p["author"] or f"anon:{branch(p, posts)}"} for p in posts])
    place = {p["id"]: n for n, p in enumerate(order)}
    reached = {p["id"]: reaches(p, order, place) for p in order if p["role"] == "brand"}
    for customer in sorted({p["author"] for p in order if p["role"] == "customer"}):
        for turn, start, end in waits(customer, order, place, reached):
            target = "first_response" if turn == 1 else "next_response"
            due = start + (first if turn == 1 else following)
            yield Timer(brand, target, start, end, due)


def branch(post: Post, posts: list[Post]) -> str:
    """The message directly under the thread's first one that `post` hangs on; a first message is its own branch."""
    by_id = {p["id"]: p for p in posts}
    path = [post]
    while path[-1]["parent"] in by_id:
        path.append(by_id[path[-1]["parent"]])
    return path[-1 if len(path) == 1 or path[-1]["parent"] else -2]["id"]


def reaches(reply: Post, order: list[Post], place: Places) -> set[str]:
    """The customers whom a brand's message answers; looks at nothing later than it."""
    by_id = {p["id"]: p for p in order}

    def above(post: Post) -> Post | None:
        found = by_id.get(post["parent"])
        return found if found and place[found["id"]] < place[post["id"]] else None

    customers = {p["author"] for p in order[: place[reply["id"]]] if p["role"] == "customer"}
    named = customers & reply["names"]
    up = above(reply)
    while up is not None and up["role"] in {"brand", "automation"}:
        up = above(up)
    if up is not None and up["role"] == "customer":
        return named | {up["author"]}
    return named or (customers if len(customers) == 1 else set())


def waits(
    customer: str, order: list[Post], place: Places, reached: dict[str, set[str]]
) -> Iterator[tuple[int, int, int | None]]:
    """(turn, start, end or None) of each wait of one customer."""
    written = [p for p in order if p["role"] == "customer" and p["author"] == customer]
    cuts: list[tuple[float, int]] = [
        (place[i], order[place[i]]["t"]) for i, whom in reached.items() if customer in whom
    ]
    for reply in (order[place[i]] for i in reached):  # stamped before the very message it answers: ends its wait there
        parent = next((p for p in written if p["id"] == reply["parent"]), None)
        if parent and place[parent["id"]] > place[reply["id"]]:
            cuts.append((place[parent["id"]] + 0.5, reply["t"]))
    turn, closed_at = 0, -1.0
    while fresh := [p for p in written if place[p["id"]] > closed_at]:
        start = fresh[0]
        turn = 1 if silent_before(start, order, place) else turn + 1
        later = [(by, max(t, start["t"])) for by, t in cuts if by > place[start["id"]]]
        closed_at, end = min(later, default=(len(order), None))
        yield turn, start["t"], end


def silent_before(start: Post, order: list[Post], place: Places) -> bool:
    """Whether this direct message comes after a day without a word by the customer or the brand."""
    if start["kind"] != "direct_message":
        return False
    words = [p["t"] for p in order[: place[start["id"]]] if p["role"] in {"customer", "brand"}]
    return not words or start["t"] - max(words) >= DAY


def summary(rows: list[Timer], at: int) -> dict[str, int | float | None]:
    done = sorted(r.end - r.start for r in rows if r.end is not None)
    met = sum(r.end is not None and r.end <= r.due for r in rows)
    late = sum(r.end is None and at > r.due for r in rows)
    judged = len(done) + late
    return {
        "count": len(rows),
        "met": met,
        "missed": len(done) - met,
        "open": len(rows) - len(done),
        "cancelled": 0,
        "answered_within_target": met / judged if judged else None,
        **{f"p{p}": seconds(done[math.ceil(len(done) * p / 100) - 1]) if done else None for p in (50, 90, 99)},
        "max": seconds(done[-1]) if done else None,
    }


def seconds(millis: int) -> int | float:
    return millis // 1000 if millis % 1000 == 0 else millis / 1000
