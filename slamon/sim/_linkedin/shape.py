"""The pretend LinkedIn's JSON: comments, posts, notifications and roles as its API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from slamon.sim._linkedin.things import Comment, Notice, Post
    from slamon.sim._linkedin.world import World

Json: TypeAlias = dict[str, Any]

RESERVED = frozenset("\\|{}@[]()<>#*_~")
"""Signs before which "little text" puts a backslash."""
SELECTED = 2
"""How many replies a comment names."""


def comment_json(world: World, comment: Comment) -> Json:
    """One comment as a list shows it."""
    below = world.under(comment.post, comment.id)
    activity = activity_urn(world.posts[comment.post])
    stamp = {"actor": comment.author, "time": comment.created_at}
    if comment.impersonator:
        stamp["impersonator"] = comment.impersonator
    shown: Json = {
        "id": comment.id,
        world.ways.urn_key: _comment_urn(world, comment.id, short=False),
        "actor": comment.author,
        "object": activity,
        "message": _message(comment),
        "created": stamp,
        "lastModified": {**stamp, "time": comment.modified_at},
        "likesSummary": {
            "aggregatedTotalLikes": 1,
            "likedByCurrentUser": False,
            "selectedLikes": [],
            "totalLikes": 1,
        },
    }
    if comment.impersonator:
        shown["agent"] = comment.impersonator
    if comment.parent:
        shown["parentComment"] = _comment_urn(world, comment.parent, short=False)
    elif world.ways.summaries:
        shown["commentsSummary"] = {
            "aggregatedTotalComments": len(below),
            "selectedComments": [_comment_urn(world, each.id, short=False) for each in below[:SELECTED]],
            "totalFirstLevelComments": len(below),
        }
    return shown


def post_json(world: World, post: Post) -> Json:
    """One post as the Posts API shows it, in "little text"."""
    text = "".join(f"\\{sign}" if sign in RESERVED else sign for sign in post.text)
    if post.mentions_page:
        text += f" @[{world.vanity.capitalize()}]({world.page})"
    return {
        "id": share_urn(post),
        "author": post.author,
        "commentary": text,
        "createdAt": post.created_at,
        "publishedAt": post.created_at,
        "lastModifiedAt": post.modified_at,
        "lifecycleState": "PUBLISHED",
        "visibility": "PUBLIC",
        "isReshareDisabledByAuthor": False,
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
    }


def notice_json(world: World, notice: Notice) -> Json:
    """One notification."""
    post = world.posts[notice.post]
    shown: Json = {
        "notificationId": notice.id,
        "organizationalEntity": world.page,
        "action": notice.action,
        "subscriber": world.admin,
        "lastModifiedAt": notice.at,
    }
    if notice.comment is None:
        shown[world.ways.mention_in] = share_urn(post)
    else:
        shown["sourcePost"] = activity_urn(post)
        shown["generatedActivity"] = _comment_urn(world, notice.comment, short=world.ways.short_urns)
    return shown | (_decoration(world, notice, post) if world.ways.decorated else {})


def role_json(world: World, organization: str, role: str) -> Json:
    """One role of the token's member."""
    return {"role": role, world.ways.acl_key: organization, "roleAssignee": world.admin, "state": "APPROVED"}


def organization_json(world: World) -> Json:
    """The page's organization."""
    return {
        "id": int(world.organization),
        "localizedName": world.vanity.capitalize(),
        "vanityName": world.vanity,
        "name": {
            "localized": {"en_US": world.vanity.capitalize()},
            "preferredLocale": {"country": "US", "language": "en"},
        },
        "primaryOrganizationType": "NONE",
    }


def share_urn(post: Post) -> str:
    """How the Posts API names a post."""
    return f"urn:li:share:{post.id}"


def activity_urn(post: Post) -> str:
    """How comments and notifications name a post."""
    return f"urn:li:activity:{post.activity}"


def _decoration(world: World, notice: Notice, post: Post) -> Json:
    told = {"entity": share_urn(post), "owner": post.author, "text": post.text, "mediaCategory": "NONE"}
    if notice.comment is None:
        return {"decoratedGeneratedActivity": {"share": told}}
    shown: Json = {"decoratedSourcePost": told}
    comment = world.comment_of(notice.comment)
    if comment is not None:
        shown["decoratedGeneratedActivity"] = {
            "comment": {
                "entity": _comment_urn(world, comment.id, short=False),
                "owner": comment.author,
                "object": activity_urn(post),
                "text": comment.text,
            }
        }
    return shown


def _message(comment: Comment) -> Json:
    if comment.mention is None:
        return {"attributes": [], "text": comment.text}
    name = comment.mention.removeprefix("urn:li:person:z")
    value = {"com.linkedin.common.MemberAttributedEntity": {"member": comment.mention}}
    return {
        "attributes": [{"start": 0, "length": len(name), "value": value}],
        "text": f"{name} {comment.text}",
    }


def _comment_urn(world: World, number: str, *, short: bool) -> str:
    activity = activity_urn(world.posts[world.comments[number].post])
    return f"urn:li:comment:({activity.removeprefix('urn:li:') if short else activity},{number})"
