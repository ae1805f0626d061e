# What all pages share.

skip-to-content = Skip to content
places = Places
place-talk = Talk
place-learn = Learn
place-meet = Meet
nav-search = Search
nav-notifications = Notifications
nav-menu = Your menu
nav-own-page = { $name }’s page
nav-follow-requests = Follow requests
nav-settings = Settings
nav-admin = Node administration
nav-sign-in = Sign in
nav-sign-out = Sign out
nav-join = Join
nav-home = Home
nav-local = This node
nav-known = All
nav-bookmarks = Bookmarks
nav-likes = Likes
nav-events = Upcoming
nav-past = Past
nav-people = Members
nav-following = Following
nav-followers = Followers
foot-about = About this node
foot-see = See it
foot-top = Back to top
foot-source = Source code
other-language = 日本語

## what app.js says ({n} becomes a number)
live-left = {"{"}n{"}"} characters left
live-over = {"{"}n{"}"} characters too many
live-found = {"{"}n{"}"} suggestions. Choose with the arrow keys, insert with Enter.
live-copied = Copied.
live-failed = That did not work. Please try again.
live-point = The point you chose on the picture

## error pages
error-title-not-found = This page does not exist
error-title-gone = This page was deleted
error-title-forbidden = This cannot be done
error-title-later = Please wait a moment
error-title-refused = We could not accept this
error-title-ours = Something went wrong on our side
error-front = Go to the front page
error-reference = Reference { $id }
error-foreign-form = What another site sends is not accepted. Please open this node’s own page and try again.
error-stale-form = The page is out of date. Please reload the page before and try again.
nav-nodes = Nodes
