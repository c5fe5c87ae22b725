"""YAML files as admins might write them, drawn key by key: mostly good, some not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from slamon.model import Kind, Role, Settled, Target

Strategy = st.SearchStrategy[Any]


def often(good: Strategy) -> Strategy:
    """A value that is meant to be good; rarely one that is good for something else."""
    return st.integers(0, 120).flatmap(lambda n: good if n else ANYTHING)


def words(*known: object) -> Strategy:
    return st.sampled_from(known)


NUMERIC = {"followers", "rating", "reach", "wait", "at_most"}
"""Where `true` and `"60"` would be read as numbers; editors may well mind them."""


def one_or_many(value: Strategy) -> Strategy:
    return value | st.lists(value, max_size=3)


def mapping(needed: dict[str, Strategy], **others: Strategy) -> Strategy:
    """`needed`, and some of the others; two underscores in a name are a dot."""
    named = {name.replace("__", ".").rstrip("_"): value for name, value in others.items()}
    optional = {name: value if name in NUMERIC else often(value) for name, value in named.items()}
    few = st.lists(st.sampled_from(sorted(optional)), max_size=4, unique=True) if optional else st.just([])
    return st.builds(
        lambda own, extra: own | extra,
        st.fixed_dictionaries({name: often(value) for name, value in needed.items()}),
        few.flatmap(lambda names: st.fixed_dictionaries({name: optional[name] for name in names})),
    )


ANYTHING = st.sampled_from(
    [
        None,
        True,
        False,
        "yes",
        "no",
        "off",
        "",
        " ",
        "a",
        "none",
        "1h",
        "1bd",
        "60",
        0,
        1,
        60,
        -1,
        1.5,
        [],
        ["a"],
        [1],
        {},
        {"a": 1},
        "2026-11-27",
        "50%",
        "mon",
        "08:00-12:00",
        ">= 5",
        "closed",
        "support",
        "de",
    ]
)
BLANK = words("", "", "", " ")
DURATION = st.builds(
    lambda numbers, before, between, after: (
        before + between.join(f"{n}{u}" for n, u in zip(numbers, "dhms", strict=False) if n) + after
    ),
    st.lists(st.integers(0, 90), min_size=4, max_size=4),
    BLANK,
    BLANK,
    BLANK,
) | words("15m", "1h30m", "24h", "500ms", "0s", "1m 5ms", "01h", "30m1h", "1h  5m", "1 h", "11d", "1m0s")
YES_NO = st.sampled_from(["yes", "no", True, False])
TEXT = st.text(st.sampled_from("aZ9é-_@. "), min_size=1, max_size=12)
NAME = words("support", "acme-x", "desk", "a_b", "A1", "vip", "Ömer", "x y")
NAMES = one_or_many(NAME)
NUMBER = words(0, 1, 5, 10, ">= 5", "<3", ">  2", "= 7", " 9 ", "<= 4", "08", "\u0661")
NUMBERS = one_or_many(NUMBER)
CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 24), st.integers(0, 60)) | words(
    "8:00", "24:00", "09:30", "17:00"
)
WINDOW = st.builds(lambda a, dash, b: a + dash + b, CLOCK, words("-", " - ", "- "), CLOCK) | words(
    "09:00-17:00", "22:00-06:00"
)
DAY = words("mon", "Tue", "WED", "thu", "fri", "sat", "sun")
DAYS = (
    DAY
    | st.builds("{}-{}".format, DAY, DAY)
    | st.builds("{}, {} - {}".format, DAY, DAY, DAY)
    | words("mon-fri", "sat-sun")
)
ZONE = words(
    "Europe/Berlin",
    "UTC",
    "America/Argentina/Buenos_Aires",
    "Etc/GMT+5",
    "EST5EDT",
    "Asia/Kolkata",
    "GB",
    "America/Port-au-Prince",
)
DAY_OF_YEAR = st.dates(date(1971, 1, 1), date(2099, 12, 31)).map(str)
DATE = DAY_OF_YEAR | DAY_OF_YEAR.map(lambda day: day[5:]) | words("02-29", "2024-02-29", "2026-12-24", "12-24")
DATES = (
    DATE | st.builds("{}{}{}".format, DATE, words("..", " .. "), DATE) | words("12-24..01-02", "2026-12-24..2026-12-31")
)
ZONED = words("Z", "+01:00", "-05:30", "+0100", "+01", "z", "+05:30:15", "")
MOMENT = st.builds(
    lambda seconds, zone: datetime.fromtimestamp(seconds, UTC).isoformat()[:19] + zone,
    st.integers(0, 4_000_000_000),
    ZONED,
) | words(
    "2026-11-21T15:45:00+01:00",
    "2026-11-21 15:45Z",
    "20261121T154500Z",
    "2026-W47-6T15:45Z",
    "2026W476T15Z",
    " 2026-11-21T15:45:00.5Z ",
    "2026-11-21T15:45:00,25Z",
    "2026-11-21",
    "2026-11-21_15:45Z",
    "2026-11-21T15:45",
)
PATTERN = words("refund|broken", "(?i)a+", r"\p{L}+", "[a-z", "a{2,3}", "*", "^$", "", ".*", "x" * 1_000, "x" * 1_001)
PATTERNS = one_or_many(PATTERN)
LANGUAGE = words("de", "en", "pt-BR", "zh_Hant", "EN", "deu", "q", "xx", "de-1996-x")
SHARE = words(
    "50%", "100%", "99.5%", "0%", "0.0%", "100.0%", "101%", "5 %", "050%", "95 %", "33.3333%", "100.0001%", ".5%", "5.%"
)

WHEN = mapping(
    {},
    kind=one_or_many(st.sampled_from([str(kind) for kind in Kind])),
    channel=NAMES,
    platform=NAMES,
    filtered=YES_NO,
    author__followers=NUMBERS,
    author__verified=YES_NO | one_or_many(words("blue", "business", "government")),
    author__handle=NAMES,
    author__name=NAMES,
    author__list=words("vips.txt", "a b.txt"),
    text=PATTERN,
    question=YES_NO,
    length=NUMBERS,
    language=one_or_many(LANGUAGE),
    words=one_or_many(words("praise", "thanks", "complaint", "other")),
    whole=YES_NO,
    reach=NUMBERS,
    rating=NUMBERS,
    messages=NUMBERS,
    hour=one_or_many(WINDOW) | mapping({"between": one_or_many(WINDOW)}, timezone=ZONE),
    days=one_or_many(DAYS) | mapping({"on": one_or_many(DAYS)}, timezone=ZONE),
    thread__permalink=one_or_many(words("https://x.com/a/status/1", "x.com/a", "x", "https://x.com/ a")),
    thread__text=PATTERN,
    thread__hashtag=one_or_many(words("#sale", "sale", "#", "a b", "größe")),
    thread__ad=YES_NO,
    thread__age=st.builds("{}{}{}".format, words(">", "<", ">=", "<=", "="), BLANK, DURATION),
    thread__commenters=NUMBERS,
)
LENGTH = DURATION | words("off", "1bd", "3 bd", " 10bd ", "0bd", "000bd", "1000bd", "1d") | st.sampled_from([False])
AT = SHARE | st.builds("{}{}{}".format, words("+", "+ ", " +"), DURATION, BLANK)
STAGE = mapping(
    {"at": AT},
    to=NAME,
    broadcast=YES_NO,
    repeat=DURATION,
    until=words("acknowledged", "answered"),
    at_most=st.integers(1, 101),
)
WHO = words("human", "anyone", "reaction", "nobody")
POLICY = mapping(
    {"name": NAME, "first_response": LENGTH},
    when=WHEN,
    valid=mapping({}, from_=DATE | MOMENT, until=DATE | MOMENT),
    next_response=LENGTH,
    acknowledgement=LENGTH,
    follow_up=LENGTH,
    reply_window=LENGTH,
    calendar=words("support", "always", "other"),
    stages=st.lists(STAGE, max_size=2),
    answered_by=WHO | st.dictionaries(st.sampled_from([str(target) for target in Target]), WHO, max_size=2),
    objective=mapping({"share": SHARE}, over=DURATION),
)
NO_REPLY = words("thanks", "emoji", "friends", "praise") | mapping(
    {"reason": words("giveaway", "thanks", "praise", "kept", "a" * 41, "-", "emoji")}, when=WHEN
)
RULES = mapping(
    {"policies": st.lists(POLICY, min_size=1, max_size=1)},
    lookback=DURATION,
    new_conversation_after=DURATION,
    bystanders=words("ignore", "watch", "x"),
    staff=NAMES,
    automation=NAMES
    | mapping(
        {},
        author=NAMES,
        app=NAMES,
        pattern=PATTERNS,
        suspect=mapping({}, faster_than=DURATION, repeated=st.sampled_from([1, 2, 3, 500, 501])),
    ),
    bot_closes_after=DURATION,
    human_wait_from=words("first_message", "hand_over"),
    hand_over=PATTERNS,
    holding=PATTERNS,
    no_reply=one_or_many(NO_REPLY),
    hidden=words("waits", "cancels"),
    abandoned_after=DURATION,
    reposted_within=DURATION,
    show_text=words("full", "cut", "none"),
    apply_to=words("open", "new"),
)
WINDOWS = one_or_many(WINDOW)
HOLIDAYS = mapping(
    {"country": words("DE", "de", "GB", "DEU", "Germany", "XX")},
    subdivision=words("BE", "be", "Berlin", "SCT"),
    categories=one_or_many(words("public", "bank")),
    except_=one_or_many(words("Allerheiligen", "10-31", "2026-12-25")),
)
CALENDAR = mapping(
    {"timezone": ZONE, "open": st.dictionaries(DAYS, WINDOWS, min_size=1, max_size=2)},
    dates=st.dictionaries(DATES, words("closed", "CLOSED") | WINDOWS, max_size=2),
    holidays=one_or_many(HOLIDAYS),
    ics=one_or_many(words("closures.ics")),
    calendar=words("base"),
) | mapping({"union": st.lists(words("base", "always"), min_size=1, max_size=2) | words("base")})
ENTRIES = st.lists(words("lovely", "top notch", "gÖttlich", "好", "😀", "x" * 101, "@ann"), min_size=1, max_size=2)
LISTS = st.dictionaries(
    words("praise", "thanks", "spam", "sp am", "greetings"),
    often(ENTRIES) | st.dictionaries(words("any", "en", "pt-br", "pt-BR", "deu", "qq"), ENTRIES, max_size=2),
    max_size=2,
)
CASE_NAME = TEXT | st.integers(0, 3)


def loosely(*known: str) -> Strategy:
    """A word as people capitalise and join it."""
    change = st.sampled_from([str, str.upper, str.title, lambda word: word.replace("_", " "), lambda word: f" {word} "])
    return st.builds(lambda word, how: how(word), st.sampled_from(known), change)


NONE = words("none", "None", "null", "", None)
TIMED = MOMENT.filter(lambda text: len(text) > 20) | words("2026-11-21T15:45:00+01:00")
MESSAGE = mapping(
    {"from": loosely(*Role), "at": TIMED},
    text=TEXT | st.integers(0, 9) | st.booleans(),
    id=CASE_NAME,
    name=CASE_NAME,
    followers=st.integers(-1, 9),
    verified=YES_NO | words("blue", "business"),
    in_reply_to=CASE_NAME,
    thread=CASE_NAME,
    kind=loosely(*Kind) | NONE,
    gone_at=MOMENT | NONE,
    hidden_at=MOMENT | NONE,
    edited=one_or_many(mapping({"at": TIMED, "text": TEXT})),
    mentions=NAMES,
    language=LANGUAGE,
    rating=st.integers(-1, 5),
    reach=st.integers(-1, 5),
    app=TEXT,
    permalink=TEXT,
    advertised=YES_NO,
    automated=YES_NO,
    failed=YES_NO,
    hidden=YES_NO,
)
TOLD = mapping({}, stage=SHARE | NONE, at=MOMENT | NONE, to=NAME | NONE) | SHARE
ELAPSED = DURATION | NONE | st.integers(-1, 90) | st.floats(0, 90)
ROW = mapping(
    {},
    customer=NAME | NONE,
    wait=st.integers(0, 3),
    target=loosely(*Target) | NONE,
    policy=NAME | NONE,
    due=MOMENT | NONE,
    started=MOMENT | NONE,
    answered=MOMENT | NONE,
    status=loosely("on_track", "met", "no_reply", "cancelled") | NONE,
    reason=NAME | NONE,
    elapsed=ELAPSED,
    business=ELAPSED,
    settled=loosely(*Settled) | NONE,
    stage=SHARE | NONE,
    announced=one_or_many(TOLD) | NONE,
)
POLICIES = [{"name": "a", "first_response": "1h"}]
WEEK = {"support": {"timezone": "UTC", "open": {"mon": "09:00-10:00"}}}
IN_PLACE = words(
    POLICIES,
    {"policies": POLICIES, "lookback": "2d", "calendars": WEEK, "words": {"thanks": ["cheers"]}},
    {"words": {"words": {"thanks": {"en": ["cheers"]}}}},
    {"acme-x": {"policies": POLICIES}, "calendars": {"calendars": WEEK}},
    {"default.yaml": POLICIES},
    {"default": "policies: [{name: a, first_response: 1h}]", "calendars": {}},
    "policies:\n  - {name: a, first_response: 1h}\n",
    {},
    [],
)
CASE = mapping(
    {"name": TEXT, "channel": NAME, "messages": st.lists(MESSAGE, min_size=1, max_size=2), "expect": one_or_many(ROW)},
    at=TIMED,
    platform=NAME,
    account=NAME,
    reload=one_or_many(mapping({"at": TIMED, "rules": IN_PLACE})),
)
SECRET = words({"env": "TOKEN"}, {"env": "TOKEN", "file": "x"}, {"env": ""}, {}, "x")
PLACE = words("#desk", "lead@acme.example", "C024BE91L", "desk", "@desk", "#", "@here")
PERSON = PLACE | words("@group", "S0614TZR7", "@channel")
PERSONS = PERSON | st.lists(PERSON, max_size=3)
DAYS_OF_SHIFT = words("mon-fri", "sat", " SUN , mon", "mon-sun", "noday", []) | st.lists(
    words("mon", "tue-thu", "sat, sun"), max_size=2
)
HOURS_OF_SHIFT = words("08:00-16:00", "22:00-6:00", "09:00-09:00", "16:00-24:00", "0-24", [], None)
QUIET = mapping({}, days=DAYS_OF_SHIFT, hours=HOURS_OF_SHIFT | st.lists(HOURS_OF_SHIFT, max_size=2))
SHIFT = mapping(
    {"wake": PERSONS},
    days=DAYS_OF_SHIFT,
    hours=HOURS_OF_SHIFT | st.lists(HOURS_OF_SHIFT, max_size=2),
    turns=words("daily", "weekly", "monthly", None),
    **{"from": words("2026-11-23", " 2026-11-23 ", "2026-02-30", None)},
)
CONFIG = mapping(
    {
        "channels": st.lists(
            mapping(
                {
                    "name": NAME | words("default", "Calendars", "a" * 65),
                    "connector": words("pretend"),
                    "account": NAME,
                    "credentials": st.just({"token": {"env": "TOKEN"}}),
                },
                every=DURATION,
                blind_after=words("1h", "1d 5m"),
                verify_within=DURATION,
                team=st.lists(NAME, max_size=2),
            ),
            min_size=1,
            max_size=1,
        )
    },
    database=words(
        "sqlite:///slamon.db",
        "sqlite:////var/x.db",
        "sqlite://x",
        "sqlite:///",
        "sqlite:///:memory:",
        "postgresql://db/slamon",
        "postgresql://u:p@db/slamon",
        "postgresql+psycopg://u@db/slamon?sslmode=require",
        "postgresql://db/x?password=p",
        "postgresql://db:5432/x@y",
        "mysql://db/x",
        {"env": "URL"},
        "sqlite:///a:b@c.db",
        "postgresql://[::1]:5432/x",
    ),
    listen=words(
        "127.0.0.1:0",
        "localhost:9877",
        "[::1]:9877",
        "127.1.2.3:1",
        "0.0.0.0:1",
        "127.0.0.1",
        "127.0.0.1:99999",
        "[::ffff:127.0.0.1]:1",
    ),
    notify=mapping(
        {
            "slack": mapping(
                {"token": SECRET},
                api_url=words(
                    "https://slack.com/api/",
                    "http://127.0.0.1:5/",
                    "http://localhost",
                    "http://x.example",
                    "http://[::1]:8/a",
                ),
            ),
            "audiences": st.dictionaries(
                NAME,
                mapping(
                    {"slack": PLACE},
                    mention=PERSONS,
                    default=YES_NO,
                    shifts=st.lists(SHIFT, max_size=2),
                    quiet=QUIET | st.lists(QUIET, max_size=2),
                    timezone=ZONE,
                ),
                max_size=1,
            ),
        },
        timezone=ZONE,
        people=mapping(
            {},
            may_act=words("members", "everybody", []) | st.lists(PLACE | words("@group", "U012AB3CD"), max_size=2),
            http=st.dictionaries(NAME, SECRET | words({"env": "LONG_TOKEN"}), max_size=2),
        ),
    ),
)
