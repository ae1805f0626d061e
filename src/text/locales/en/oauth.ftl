# Words about what programs may do, and the page that asks for it.

## What a program may do
scope-unknown = The program asks for a permission that we do not know.
scope-read = Read everything that you can see (posts, notifications, follows, bookmarks and more)
scope-write = Write and change everything in your name (posts, replies, likes, your profile and more)
scope-follow = See and change whom you follow, block and mute
scope-push = Send notifications to your device
scope-profile = See your name and picture
scope-admin-read = See everything that administrators see
scope-admin-write = Do everything that administrators do
scope-may-read = See { $what }
scope-may-write = Write and change { $what }
scope-may-admin-read = See, as an administrator: { $what }
scope-may-admin-write = Change, as an administrator: { $what }
scope-of-accounts = accounts and profiles
scope-of-blocks = whom you block
scope-of-bookmarks = your bookmarks
scope-of-conversations = your private conversations
scope-of-favourites = your likes
scope-of-filters = your filters
scope-of-follows = whom you follow
scope-of-lists = your lists
scope-of-media = pictures and other files
scope-of-mutes = whom you mute
scope-of-notifications = your notifications
scope-of-reports = reports
scope-of-search = what is found by searching
scope-of-statuses = posts
scope-of-domain-allows = servers that may connect
scope-of-domain-blocks = blocked servers
scope-of-ip-blocks = blocked IP addresses
scope-of-email-domain-blocks = mail domains that are not accepted
scope-of-canonical-email-blocks = mail addresses that are not accepted

## Secrets
secret-form = A token or secret has 16 to 200 characters: letters a–z, digits, and - . _ ~.
