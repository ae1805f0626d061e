"""Mastodon.py, unmodified, drives a node: what bots and scripts do all day.

mastodon_py.test.mjs starts the node and says where it is. Everybody signs up with the library itself, but for haru, who is a member already and
allows the program in a browser.
"""

import os
import queue
import re
import struct
import subprocess
import threading
import unittest
import zlib
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from mastodon import Mastodon, MastodonNotFoundError, MastodonUnauthorizedError, StreamListener

ORIGIN = os.environ["CLIENTS_ORIGIN"]
SCOPES = ["read", "write", "follow", "push"]
PATIENCE_S = 20
PAGE = 20

program = {}
people = count(1)


def setUpModule():
    program["id"], program["secret"] = Mastodon.create_app("みほん帳", scopes=SCOPES, api_base_url=ORIGIN)


def client():
    return Mastodon(client_id=program["id"], client_secret=program["secret"], api_base_url=ORIGIN)


def member(first_name):
    """Somebody who has just signed up with the program."""
    name = f"{first_name}{next(people)}"
    api = client()
    api.create_account(name, "a long sample password", f"{name}@sample.example", agreement=True, scopes=SCOPES)
    return api


def members(*first_names):
    return [member(name) for name in first_names]


def acct(api):
    return api.me().acct


def ids(entities):
    return [str(entity.id) for entity in entities]


def text(status):
    return re.sub("<[^>]*>", "", status.content)


def png(width, height):
    """A picture of one colour."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\x2f\x60\xc8" * width) * height)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class LogIn(unittest.TestCase):
    def test_a_member_allows_the_program_and_takes_the_allowance_back(self):
        api = client()
        address = api.auth_request_url(scopes=SCOPES, allow_http=True)
        browser = [os.environ["CLIENTS_NODE"], "allow.mjs", "haru", address]
        code = subprocess.run(browser, check=True, capture_output=True, text=True).stdout.strip()
        api.log_in(code=code, scopes=SCOPES, allow_http=True)
        self.assertEqual(api.account_verify_credentials().username, "haru")
        self.assertEqual(api.app_verify_credentials().name, "みほん帳")
        token = api.access_token
        api.revoke_access_token(allow_http=True)
        with self.assertRaises(MastodonUnauthorizedError):
            Mastodon(access_token=token, api_base_url=ORIGIN).account_verify_credentials()

    def test_a_name_that_is_taken_is_said_to_be_taken(self):
        token, wrong = client().create_account(
            "haru", "a long sample password", "other@sample.example", agreement=True, scopes=SCOPES,
            return_detailed_error=True,
        )
        self.assertIsNone(token)
        self.assertEqual([each.error for each in wrong.details.username], ["ERR_TAKEN"])


class Instance(unittest.TestCase):
    def test_the_library_understands_what_the_node_says_of_itself(self):
        api = Mastodon(api_base_url=ORIGIN)
        instance = api.instance()
        self.assertEqual(instance.domain, ORIGIN.removeprefix("http://"))
        self.assertEqual(instance.configuration.statuses.max_characters, 3000)
        self.assertEqual(api.instance_v1().uri, instance.domain)
        self.assertTrue(api.verify_minimum_version("4.3.0"), instance.version)
        self.assertEqual(api.instance_nodeinfo().software.name, "tsudoi")
        self.assertTrue(api.stream_healthy())


class Statuses(unittest.TestCase):
    def test_a_picture_is_posted_with_its_description(self):
        aiko = member("aiko")
        media = aiko.media_post(png(120, 80), mime_type="image/png", description="朝の海", focus=(0.5, -0.25))
        self.assertEqual((media.type, media.meta.original.width, media.meta.original.height), ("image", 120, 80))
        self.assertEqual((media.meta.focus.x, media.meta.focus.y), (0.5, -0.25))
        status = aiko.status_post(
            "おはよう", media_ids=[media], sensitive=True, spoiler_text="海", visibility="unlisted", language="ja"
        )
        seen = Mastodon(api_base_url=ORIGIN).status(status)
        self.assertEqual(ids(seen.media_attachments), ids([media]))
        self.assertEqual(seen.media_attachments[0].description, "朝の海")
        self.assertEqual(
            (text(seen), seen.sensitive, seen.spoiler_text, seen.visibility, seen.language),
            ("おはよう", True, "海", "unlisted", "ja"),
        )

    def test_an_event_among_the_statuses_is_read_with_its_card(self):
        aiko = member("aiko")
        plan = {"name": "星を見る会", "starts_at": "2099-08-12T19:00", "place": "見本山", "text": "雨なら中止", "language": "ja"}
        form = urlencode(plan)
        request = Request(f"{ORIGIN}/api/tsudoi/v1/events", form.encode(), {"authorization": f"Bearer {aiko.access_token}"})
        with urlopen(request) as reply:
            self.assertEqual(reply.status, 200)
        aiko.status_post("持ち物は毛布")
        _, event = aiko.timeline_home()
        self.assertTrue(text(event).startswith("星を見る会"), text(event))
        self.assertEqual((event.card.type, event.card.title, event.card.url), ("link", "星を見る会", event.url))
        self.assertIn("2099年8月12日(水) 19:00 · 見本山", event.card.description)
        self.assertEqual(event.tsudoi.event.name, "星を見る会")

    def test_the_same_idempotency_key_posts_once(self):
        aiko = member("aiko")
        first, second = (aiko.status_post("一度だけ", idempotency_key="once") for _ in range(2))
        self.assertEqual(first.id, second.id)
        self.assertEqual(ids(aiko.account_statuses(aiko.me())), ids([first]))

    def test_a_status_is_edited_answered_and_deleted(self):
        aiko, ken = members("aiko", "ken")
        status = aiko.status_post("明日は晴れ")
        aiko.status_update(status, "明日は雨")
        self.assertEqual([text(version) for version in aiko.status_history(status)], ["明日は晴れ", "明日は雨"])
        self.assertEqual(aiko.status_source(status).text, "明日は雨")
        answer = ken.status_reply(status, "傘を持ちます")
        self.assertEqual(ids(aiko.status_context(status).descendants), ids([answer]))
        self.assertEqual(ids(aiko.status_context(answer).ancestors), ids([status]))
        self.assertEqual([mention.acct for mention in answer.mentions], [acct(aiko)])
        self.assertEqual(aiko.status_delete(status).text, "明日は雨")
        with self.assertRaises(MastodonNotFoundError):
            ken.status(status)

    def test_boosts_favourites_and_bookmarks_are_listed(self):
        aiko, ken = members("aiko", "ken")
        status = aiko.status_post("読書会のお知らせ")
        self.assertEqual(ken.status_reblog(status).reblog.id, status.id)
        ken.status_favourite(status)
        ken.status_bookmark(status)
        seen = aiko.status(status)
        self.assertEqual((seen.reblogs_count, seen.favourites_count, seen.bookmarked), (1, 1, False))
        self.assertEqual(ids(aiko.status_reblogged_by(status)), ids([ken.me()]))
        self.assertEqual(ids(aiko.status_favourited_by(status)), ids([ken.me()]))
        self.assertEqual(ids(ken.favourites()), ids([status]))
        self.assertEqual(ids(ken.bookmarks()), ids([status]))
        self.assertEqual(ken.status_unreblog(status).reblogs_count, 0)
        self.assertFalse(ken.status_unfavourite(status).favourited)

    def test_a_poll_is_asked_and_answered(self):
        aiko, ken = members("aiko", "ken")
        poll = aiko.make_poll(["山", "海", "川"], expires_in=3600, multiple=True)
        asked = aiko.status_post("どこへ行く？", poll=poll)
        voted = ken.poll_vote(asked.poll, [1, 2])
        self.assertEqual((voted.voted, voted.own_votes), (True, [1, 2]))
        counted = aiko.poll(asked.poll)
        self.assertEqual([(o.title, o.votes_count) for o in counted.options], [("山", 0), ("海", 1), ("川", 1)])
        self.assertTrue(timedelta(minutes=59) < counted.expires_at - datetime.now(timezone.utc) <= timedelta(hours=1))

    def test_a_scheduled_status_waits_is_moved_and_called_off(self):
        aiko = member("aiko")
        soon = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
        made = aiko.status_post("来週の予定", scheduled_at=soon)
        self.assertEqual((made.params.text, made.scheduled_at), ("来週の予定", soon))
        later = soon + timedelta(hours=1)
        aiko.scheduled_status_update(made, later)
        self.assertEqual([each.scheduled_at for each in aiko.scheduled_statuses()], [later])
        self.assertEqual(aiko.scheduled_status(made).id, made.id)
        aiko.scheduled_status_delete(made)
        self.assertEqual(aiko.scheduled_statuses(), [])
        self.assertEqual(aiko.account_statuses(aiko.me()), [])


class Timelines(unittest.TestCase):
    def test_pages_follow_one_another_and_lead_back(self):
        aiko = member("aiko")
        written = ids(aiko.status_post(f"{n} 番") for n in range(2 * PAGE + 5))
        newest_first = written[::-1]
        first = aiko.timeline_home(limit=PAGE)
        second = aiko.fetch_next(first)
        self.assertEqual(ids(first) + ids(second), newest_first[: 2 * PAGE])
        self.assertEqual(ids(aiko.fetch_previous(second)), ids(first))
        self.assertEqual(ids(aiko.fetch_remaining(first)), newest_first)
        own = aiko.account_statuses(aiko.me(), limit=PAGE)
        self.assertEqual(ids(aiko.pagination_iterator(own)), newest_first)

    def test_followers_go_on_over_pages(self):
        aiko, *followers = members("aiko", "ken", "mio", "sora")
        for follower in followers:
            follower.account_follow(aiko.me())
        pages = aiko.account_followers(aiko.me(), limit=1)
        self.assertEqual(ids(aiko.fetch_remaining(pages)), ids(follower.me() for follower in reversed(followers)))

    def test_times_stand_for_ids(self):
        aiko = member("aiko")
        status = aiko.status_post("いま")
        second = timedelta(seconds=1)
        before, later = status.created_at - second, status.created_at + second
        self.assertEqual(ids(aiko.timeline_home(max_id=later)), ids([status]))
        self.assertEqual(ids(aiko.timeline_home(max_id=before)), [])
        self.assertEqual(ids(aiko.timeline_home(min_id=before)), ids([status]))
        self.assertEqual(ids(aiko.timeline_home(since_id=later)), [])

    def test_public_local_and_hashtag_timelines_show_what_is_public(self):
        aiko = member("aiko")
        status = aiko.status_post("川べり #盛岡さんぽ")
        aiko.status_post("川べり #盛岡さんぽ", visibility="private")
        visitor = Mastodon(api_base_url=ORIGIN)
        self.assertEqual(ids(visitor.timeline_hashtag("盛岡さんぽ")), ids([status]))
        for timeline in (visitor.timeline_public(), visitor.timeline_local()):
            self.assertEqual(ids(timeline)[:1], ids([status]))

    def test_a_list_shows_the_people_on_it(self):
        aiko, ken, mio = members("aiko", "ken", "mio")
        aiko.account_follow(ken.me())
        aiko.account_follow(mio.me())
        made = aiko.list_create("岩手")
        aiko.list_accounts_add(made, [ken.me()])
        self.assertEqual(ids(aiko.list_accounts(made)), ids([ken.me()]))
        self.assertEqual(ids(aiko.account_lists(ken.me())), ids([made]))
        status = ken.status_post("岩手から")
        mio.status_post("青森から")
        self.assertEqual(ids(aiko.timeline_list(made)), ids([status]))
        self.assertEqual(aiko.list_update(made, "盛岡").title, "盛岡")
        aiko.list_accounts_delete(made, [ken.me()])
        self.assertEqual(aiko.list_accounts(made), [])
        aiko.list_delete(made)
        self.assertEqual(aiko.lists(), [])

    def test_a_filter_marks_what_it_finds(self):
        aiko, ken = members("aiko", "ken")
        aiko.account_follow(ken.me())
        word = {"keyword": "開票", "whole_word": False}
        made = aiko.create_filter_v2("選挙", ["home"], "warn", expires_in=3600, keywords_attributes=[word])
        ken.status_post("開票速報です")
        (seen,) = aiko.timeline_home()
        (result,) = seen.filtered
        self.assertEqual((result.filter.id, result.filter.title), (made.id, "選挙"))
        self.assertEqual(result.keyword_matches, ["開票"])
        aiko.update_filter_v2(made, title="速報")
        aiko.add_filter_keyword_v2(made, "夕焼け", whole_word=False)
        self.assertEqual([each.keyword for each in aiko.filter_keywords_v2(made)], ["開票", "夕焼け"])
        self.assertEqual(aiko.filter_v2(made).title, "速報")
        aiko.delete_filter_v2(made)
        self.assertEqual(aiko.filters_v2(), [])
        self.assertEqual(aiko.status(seen).filtered, [])

    def test_search_finds_people_statuses_and_hashtags(self):
        aiko, ken = members("aiko", "ken")
        status = aiko.status_post("軽トラ市で会いましょう #軽トラ市")
        found = ken.search_v2("軽トラ")
        self.assertEqual((ids(found.statuses), [tag.name for tag in found.hashtags]), (ids([status]), ["軽トラ市"]))
        people = ken.search_v2(acct(aiko), result_type="accounts")
        self.assertEqual((ids(people.accounts), people.statuses), (ids([aiko.me()]), []))
        self.assertEqual(ids(ken.search_v2(status.url, resolve=True).statuses), ids([status]))


class Meetings(unittest.TestCase):
    def test_notifications_come_one_by_one_and_in_groups(self):
        aiko, ken, mio = members("aiko", "ken", "mio")
        status = aiko.status_post("新しい朝")
        ken.status_favourite(status)
        mio.status_favourite(status)
        answer = mio.status_reply(status, "おはよう")
        mention, *favourites = aiko.notifications()
        self.assertEqual((mention.type, mention.status.id, mention.account.acct), ("mention", answer.id, acct(mio)))
        self.assertEqual([(each.type, each.account.acct) for each in favourites],
                         [("favourite", acct(mio)), ("favourite", acct(ken))])
        self.assertEqual(ids(aiko.notifications(types=["mention"])), ids([mention]))
        self.assertEqual(aiko.notifications_unread_count().count, 3)

        grouped = aiko.grouped_notifications(exclude_types=["mention"])
        (group,) = grouped.notification_groups
        self.assertEqual((group.type, group.notifications_count, group.status_id), ("favourite", 2, status.id))
        self.assertEqual([str(each) for each in group.sample_account_ids], ids([mio.me(), ken.me()]))
        aiko.dismiss_grouped_notification(group.group_key)
        self.assertEqual(ids(aiko.notifications()), ids([mention]))
        aiko.notifications_clear()
        self.assertEqual(aiko.notifications(), [])

    def test_a_conversation_is_unread_until_it_is_read(self):
        aiko, ken = members("aiko", "ken")
        secret = ken.status_post(f"@{acct(aiko)} ないしょの話", visibility="direct")
        (talk,) = aiko.conversations()
        self.assertEqual((talk.unread, talk.last_status.id, ids(talk.accounts)), (True, secret.id, ids([ken.me()])))
        self.assertFalse(aiko.conversations_read(talk).unread)
        self.assertFalse(aiko.conversations()[0].unread)

    def test_a_marker_is_where_the_member_left_off(self):
        aiko = member("aiko")
        status = aiko.status_post("ここまで読んだ")
        aiko.markers_set("home", status)
        markers = aiko.markers_get(["home", "notifications"])
        self.assertEqual({name: str(marker.last_read_id) for name, marker in markers.items()}, {"home": str(status.id)})

    def test_following_muting_and_blocking_are_remembered(self):
        aiko, ken = members("aiko", "ken")
        self.assertTrue(aiko.account_follow(ken.me()).following)
        self.assertTrue(aiko.account_mute(ken.me(), notifications=False, duration=3600).muting)
        self.assertEqual(ids(aiko.mutes()), ids([ken.me()]))
        self.assertFalse(aiko.account_unmute(ken.me()).muting)
        self.assertTrue(aiko.account_block(ken.me()).blocking)
        (relation,) = aiko.account_relationships(ken.me())
        self.assertEqual((relation.following, relation.blocking, relation.muting), (False, True, False))
        self.assertEqual(ids(aiko.blocks()), ids([ken.me()]))
        self.assertFalse(aiko.account_unblock(ken.me()).blocking)

    def test_a_followed_hashtag_comes_home(self):
        aiko, ken = members("aiko", "ken")
        self.assertTrue(aiko.tag_follow("移動図書館").following)
        status = ken.status_post("今日は駅前 #移動図書館")
        self.assertEqual(ids(aiko.timeline_home()), ids([status]))
        self.assertEqual([tag.name for tag in aiko.followed_tags()], ["移動図書館"])
        self.assertFalse(aiko.tag_unfollow("移動図書館").following)

    def test_a_profile_is_rewritten_with_a_picture(self):
        aiko = member("aiko")
        old = aiko.me().avatar
        aiko.account_update_credentials(
            display_name="見本 愛子", note="移動図書館", locked=True, fields=[("町", "みほん町")],
            avatar=png(80, 80), avatar_mime_type="image/png",
        )
        seen = Mastodon(api_base_url=ORIGIN).account_lookup(acct(aiko))
        self.assertEqual((seen.display_name, seen.locked, seen.fields[0].name), ("見本 愛子", True, "町"))
        self.assertIn("みほん町", seen.fields[0].value)
        self.assertNotEqual(seen.avatar, old)


class Heard(StreamListener):
    """What a stream brought: the events of each name in order."""

    def __init__(self):
        self.events = defaultdict(queue.Queue)

    def on_any_event(self, name, data=None):
        self.events[name].put(data)

    def next(self, name):
        return self.events[name].get(timeout=PATIENCE_S)


class Streams(unittest.TestCase):
    def listen(self, api, open_stream, *which):
        """Opens a stream; it ends with the test, because its token does (the library's `close` waits for the next byte)."""
        heard = Heard()
        stream = open_stream(*which, heard, run_async=True)
        self.addCleanup(self.ends, stream)
        self.addCleanup(api.revoke_access_token, allow_http=True)
        return heard

    def ends(self, stream):
        stream.join(PATIENCE_S)
        self.assertFalse(stream.is_alive())

    def test_the_members_own_stream_brings_what_is_said_edited_deleted_and_meant_for_them(self):
        aiko, ken = members("aiko", "ken")
        aiko.account_follow(ken.me())
        heard = self.listen(aiko, aiko.stream_user)
        said = ken.status_post(f"@{acct(aiko)} 波が来た")
        update = heard.next("update")
        self.assertEqual((update.id, text(update)), (said.id, f"@{acct(aiko)} 波が来た"))
        ken.status_favourite(aiko.status_post("静かな夜"))
        self.assertEqual(heard.next("notification").type, "mention")
        favourite = heard.next("notification")
        self.assertEqual((favourite.type, favourite.account.acct), ("favourite", acct(ken)))
        ken.status_update(said, "波が引いた")
        self.assertEqual(text(heard.next("status.update")), "波が引いた")
        ken.status_delete(said)
        self.assertEqual(str(heard.next("delete")), str(said.id))

    def test_public_and_hashtag_streams_bring_what_is_theirs(self):
        aiko, ken = members("aiko", "ken")
        everybody = self.listen(aiko, aiko.stream_public)
        tagged = self.listen(ken, ken.stream_hashtag, "集いの波")
        plain, with_tag = ken.status_post("波"), ken.status_post("波 #集いの波")
        self.assertEqual([everybody.next("update").id, everybody.next("update").id], [plain.id, with_tag.id])
        self.assertEqual(tagged.next("update").id, with_tag.id)


class PushService:
    """A push service on this machine, and the messages that it was given."""

    def __init__(self):
        messages = self.messages = queue.Queue()

        class Door(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(201)
                self.send_header("content-length", "0")
                self.end_headers()
                messages.put((self.path, self.headers, body))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.address = f"http://localhost:{self.server.server_port}/to/aiko"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Push(unittest.TestCase):
    def test_a_message_arrives_that_only_the_members_keys_open(self):
        aiko, ken = members("aiko", "ken")
        service = PushService()
        self.addCleanup(service.close)
        private, public = aiko.push_subscription_generate_keys()
        made = aiko.push_subscription_set(service.address, public, mention_events=True, favourite_events=False)
        self.assertEqual((made.endpoint, made.alerts.mention, made.alerts.favourite), (service.address, True, False))
        self.assertEqual(made.server_key, aiko.instance().configuration.vapid.public_key)

        ken.status_favourite(aiko.status_post("おはよう"))
        ken.status_post(f"@{acct(aiko)} おはようございます")
        path, headers, body = service.messages.get(timeout=PATIENCE_S)
        self.assertEqual((path, headers["content-encoding"]), ("/to/aiko", "aesgcm"))
        self.assertNotIn("おはようございます".encode(), body)
        told = aiko.push_subscription_decrypt_push(body, private, headers["encryption"], headers["crypto-key"])
        (mention,) = aiko.notifications(types=["mention"])
        self.assertEqual((told.notification_type, str(told.notification_id)), ("mention", str(mention.id)))
        self.assertIn("おはようございます", told.body)

        changed = aiko.push_subscription_update(mention_events=False, follow_events=True)
        self.assertEqual((changed.alerts.mention, changed.alerts.follow), (False, True))
        self.assertEqual(aiko.push_subscription().id, made.id)
        aiko.push_subscription_delete()
        with self.assertRaises(MastodonNotFoundError):
            aiko.push_subscription()
