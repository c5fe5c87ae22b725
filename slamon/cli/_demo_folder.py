"""The files of the demo: a configuration and a rule set as an admin would write them, with targets of seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

X_TOKEN_VARIABLE = "SLAMON_DEMO_X_TOKEN"  # noqa: S105 - the name of a variable

CONFIG = """\
# Written by `slamon demo`. Everything here points at pretend services on this machine.
database: sqlite:///slamon.db
listen: 127.0.0.1:{port}
rules: rules/
channels:
  - name: acme-x
    connector: x
    account: acme
    team: [acmehelp]                 # a second account that answers for the brand
    every: 2s
    base_url: {x}                    # the pretend X
    visible_after: 0s                # it shows a post at once
    labels: {{market: uk, brand: acme, desk: day}}
    credentials: {{bearer_token: {{env: {variable}}}}}
notify:
  timezone: UTC
  slack:
    token: {{file: slack-token}}
    app_token: {{file: slack-app-token}}
    api_url: {slack_api}             # the pretend Slack
  audiences:
    desk: {{slack: "#social-desk", default: true}}
    oncall: {{slack: "#social-oncall", mention: "@social-oncall"}}
  people: {{http: {{you: {{file: page-token}}}}}}  # signs you in on the queue page
"""

RULES = """\
# The promise: first match wins, top to bottom.
abandoned_after: 10m                 # what nobody ever answers leaves the queue, and counts as late
policies:
  - name: reach
    when: {author.followers: ">= 10000"}
    first_response: 12s
    objective: {share: 90%, over: 1d}
    stages:
      - {at: 50%, to: oncall}        # many people read along: on call from the first warning on
      - {at: 100%, to: oncall}
  - name: everyone
    first_response: 20s
    next_response: 20s
    objective: {share: 75%, over: 1d}  # of four promises, three are to be kept
    stages:
      - {at: 50%, to: desk}          # a warning while there is still time
      - {at: 100%, to: desk}         # the promise is broken
      - {at: +15s, to: desk}         # and still nobody answered: said again in the message's thread
"""


def write(folder: Path, port: int, addresses: Mapping[str, str], page_token: str) -> Path:
    """Write what `slamon run` needs into `folder`; return the configuration's path.

    `page_token` is what one signs in with on the queue page.
    """
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "acme-x.yaml").write_text(RULES)
    tokens = {name: addresses[name] for name in ("slack_token", "slack_app_token")} | {"page_token": page_token}
    for name, value in tokens.items():
        token = folder / name.replace("_", "-")
        token.touch(mode=0o600)
        token.write_text(value)
    config = folder / "config.yaml"
    config.write_text(
        CONFIG.format(port=port, x=addresses["x"], slack_api=addresses["slack_api"], variable=X_TOKEN_VARIABLE)
    )
    return config
