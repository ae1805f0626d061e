# Posts, timelines, profile pages, search, notifications.

## posts
post-edited = Edited
post-picture = Picture without a description
post-picture-text = Description
post-file = Open the attached file
post-pinned = Pinned post
post-boosted-by = { $name } boosted
post-reply-to = Reply to { $name }
post-press-to-open = (press to open)
post-sensitive = Sensitive
post-quote-pending = The quote waits for its author’s consent. It appears here once given.
audience-public = Public
audience-unlisted = Unlisted
audience-followers = Followers
audience-direct = Only those mentioned
audience-chapter = Chapter only
act-reply = Reply
act-replies = Replies
act-boost = Boost
act-boosts = Boosts
act-like = Like
act-likes = Likes
act-bookmark = Bookmark
act-more = More
act-copy-link = Copy link
act-quote = Quote
act-see-original = View on its own server
act-edit = Edit
act-pin = Pin to profile
act-unpin = Unpin
act-delete = Delete

## polls
poll-choose-one = Choose one
poll-choose-some = Choose any number
poll-vote = Vote
poll-voters = { $count ->
        [one] { $count } person voted
       *[other] { $count } people voted
    }
poll-until = until
poll-closed = closed
poll-own-vote = Your vote
poll-option = Option { $count }
poll-multiple = More than one answer
poll-closes = Closes
poll-hour = In 1 hour
poll-day = In 1 day
poll-three-days = In 3 days
poll-week = In 1 week

## writing
compose-title = Write a post
compose-refused-title = Not posted
compose-refused = Not posted yet.
compose-kept = Your text and pictures are kept below.
composer-new = What is happening in your town?
composer-reply = Reply to { $name }
composer-quote = Quote { $name }
composer-edit = Change the text (the former version stays in the history)
composer-suggestions = Suggestions
composer-hint = @ for people, # for topics. **bold** and > quotes work.
composer-limit = Up to { $count } characters
composer-pictures = Pictures
composer-poll = Poll
composer-warning = Warning
composer-language = Language and quotes
composer-send = Post
composer-send-reply = Reply
composer-save = Save
picture-number = Picture { $count }
picture-file = File { $count }
picture-text = Description
picture-text-hint = Say what it shows, for people who cannot see it.
picture-focus = Keep in view when cropped
picture-drop = Remove this picture
focus-centre = Centre
focus-top = Top
focus-bottom = Bottom
focus-left = Left
focus-right = Right
focus-top-left = Top left
focus-top-right = Top right
focus-bottom-left = Bottom left
focus-bottom-right = Bottom right
warning-label = Words shown before the text
warning-hint = Text and pictures stay folded until the reader opens them.
language-label = Language of this post
quotes-label = Who may quote it
quotes-public = Anyone
quotes-followers = Followers
quotes-nobody = Nobody
audience-label = Who is it for?
audience-public-long = Public: anyone can read it
audience-unlisted-long = Unlisted: readable, but not in listings
audience-followers-long = Followers: only people who follow you
audience-direct-long = Direct: only the people mentioned with @
audience-chapter-long = Chapter only: members of this node
history-title = Edit history
history-back = Back to the post
history-now = Current
history-version = Version { $count }
delete-post-title = Delete the post
delete-question = This post will be deleted. This cannot be undone. Other servers are told too.
cancel = Cancel
flash-posted = Posted.
flash-post-saved = Saved.
flash-post-deleted = The post was deleted.
flash-pinned = Pinned to your profile.
flash-unpinned = Unpinned.
flash-vote-failed = Your vote was not counted. Please check your choice and whether the poll is still open.

## lists
nav-known-long = All public posts we know
pager = Pages
pager-newest = Newest
pager-older = Older posts
pager-more = More
pager-older-notices = Older notifications
empty-title = Nothing here yet
empty-home = Follow people and their posts arrive here.
empty-local = Public posts of this node appear here.
empty-known = Posts arrive once somebody here follows people on other servers.
empty-tag = No public post on this topic has arrived yet.
empty-bookmarks = Press “Bookmark” below a post to keep it here. Nobody is told.
empty-likes = Posts that you like appear here.
empty-people = Find people
empty-read-local = Read this node
front-title = Welcome
front-heading = Where people who care for their towns gather
front-lead = Town halls, firms, NPOs, universities, students: { $name } is where they learn, talk and help each other.
front-posts = Recent public posts
front-empty = No public posts yet.
front-more = More public posts
front-not-set-up = This node waits for its first set-up.
front-set-up-how = A link for it was printed where the server was started (the log). Please open that link.
front-about = We share news of study sessions and talk about our towns. You can follow us from Mastodon and other servers too.
about-chapter = Chapter
about-members = Members
about-people = { $count ->
        [one] { $count } person
       *[other] { $count } people
    }
about-address = Address
about-software = Software
join-how = How to join
join-first = Send your name, mail and a line about yourself
join-second = Enter the six digits sent by mail
join-third = Where approval is needed, wait for a moderator
thread-heading = Conversation
thread-title = A post by { $name }
thread-replies = { $count ->
        [one] { $count } reply
       *[other] { $count } replies
    }
thread-parent-missing = This is a reply. What it answers has not arrived here yet; it will appear once it does.
thread-sign-in = Sign in to reply.

## people
people-title = Members of { $name }
people-empty = Nobody here yet
people-empty-hint = Members who choose to be found in their profile settings appear here.
followers-title = Followers of { $name }
following-title = Followed by { $name }
follow-start = Follow
follow-stop = Following (stop)
follow-requested = Requested (cancel)
block-start = Block
block-stop = Unblock
block-question = Block? You will not see each other’s posts, and follows end.
mute-start = Mute (hide posts)
mute-stop = Unmute
request-accept = Accept
request-reject = Decline
requests-empty = No requests are waiting
requests-hint = Accepted people receive your posts to followers.
flash-followed = You follow them now.
flash-follow-asked = Asked to follow. We wait for their answer.
flash-unfollowed = You no longer follow them.
flash-blocked = Blocked.
flash-unblocked = Unblocked.
flash-muted = Muted. Their posts are no longer shown.
flash-unmuted = Unmuted.
flash-accepted = The request was accepted.
flash-rejected = The request was declined.
profile-copy = This page is our copy.
profile-copy-more = { $name } may have more posts than these.
profile-moved = { $name } has moved to:
profile-edit = Edit profile
profile-write = Write to them
profile-follows-you = Follows you
profile-bot = Bot
profile-group = Group
group-network-name = Posts from all of { $network }
group-network-bio = Announces the public posts of the members of all chapters of { $network }, each once. Follow the @network of a second chapter, too, as a spare: its posts reach you while this server is down, and the same post is shown once.
group-chapter-name = Posts of { $chapter }
group-chapter-bio = Announces the public posts of the members of { $chapter }, each once. Those of all chapters come from @network.
group-late = { $count ->
    [one] One post came more than two days after it was written
   *[other] { $count } posts came more than two days after they were written
}, from a chapter that is back after a power cut or the like, or that has just joined.
group-late-rest = and { $count } more
profile-asks-first = Approves followers
profile-muted = Muted
profile-blocked = Blocked
profile-verified = Link verified
profile-following = following
profile-followers = followers
profile-since = Since { $day }
profile-follow-from-elsewhere = To follow from another server, search there for @{ $handle }.
profile-empty = No posts to show.
badge-moderator = Moderator
badge-admin = Administrator
badge-owner = Owner
tabs = Kinds of posts
tab-posts = Posts
tab-replies = With replies
tab-media = Media
tab-pinned = Pinned

## search
search-title = Search: { $words }
search-label = A word, a name, a #topic or an address
search-hint = Find people elsewhere as @name@server, posts by their URL.
search-look-up = Ask the other server for “{ $words }” and bring it here.
search-look-up-button = Look it up
search-people = People ({ $count })
search-tags = Topics
search-posts = Posts
search-nothing = Nothing found
search-nothing-hint = Try a shorter word, or check the spelling.
flash-look-up-failed = The other server did not answer or does not know it. Check the spelling, or try again later.

## notifications
notice-mention = {" "}mentioned you
notice-reply = {" "}replied to you
notice-follow = {" "}follows you
notice-follow-request = {" "}asks to follow you
notice-like = {" "}likes your post
notice-boost = {" "}boosted your post
notice-quote = {" "}quoted your post
notice-poll = ’s poll has closed
notice-status = {" "}has posted
notice-join = {" "}wants to attend your event
notice-rsvp = : there is news of the event you want to attend (an answer, or a change of plan)
event-capacity-of = { $count ->
    [one] one place
   *[other] {$count} places
}
event-stands-alone = An event can be neither a reply nor a poll.
event-name = Give the event a name.
event-start = Write the start as 2026-06-12T18:30.
event-end = The end must be after the start, and within a year of it.
event-timezone = Write the time zone as Asia/Tokyo.
event-too-long = Too long: at most {$count} characters.
event-url = Write the web address from https:// on.
event-join-url = Give the web address where one applies.
event-capacity = The number of places is 1 to 100000, or nothing.
event-word = Choose one of what is offered.
event-none = This post is no event.
event-takes-no-rsvps = This event takes no applications here (it is over, cancelled, or has another way to apply).
event-not-allowed = You cannot apply for this event.
event-message-too-long = At most {$count} characters to the organiser.
notices-read = Mark all as read
notices-kinds = Kinds
notices-all = All
notices-mentions = Mentions
notices-follows = Follows
notices-empty = No notifications yet
notices-empty-hint = Replies, follows and likes will stand here. Find people and say hello.
notices-new = New
notices-see-post = See the post
notices-see-request = See the request
audience-network = Network
audience-network-long = Network: members of all chapters
empty-network = What members of the other chapters write appears here.
network-title = Nodes of the network
network-text = The chapters’ nodes keep copies of each other’s public posts and posts to the network. When one stops, reading and writing go on at the others, and a node that returns gets everything it missed.
network-entries = Entries here
network-lag = Not there yet
network-seen = Last seen
network-here = this node
network-up = running
network-suspect = not answering
network-down = down
network-catchup = catching up
network-frozen = frozen: two histories
network-never = not met yet
network-up-since = Answers since
network-down-since = No answer since
network-lacking = { $count } missing
network-caught-up = Caught up
network-progress = Last took something
network-copies-text = Nodes with a copy of this node’s newest entry:
network-uncopied = Entries without any copy yet: { $count }
network-away = The node of { $chapter } does not answer. This is the copy that this node has. Replies and likes reach it when it returns.
network-last-seen = Last seen: { $date }
network-copies = Saved, copies { $copies }
