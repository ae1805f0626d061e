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

## The page that asks
oauth-title = Allow a program
oauth-heading = Allow “{ $program }”?
oauth-as = You are signed in as @{ $name }.
oauth-rights = What the program may do then
oauth-hint = If you did not ask for this, do not allow it. You can disconnect the program at any time under Settings, Devices.
oauth-allow = Allow
oauth-deny = Do not allow
oauth-again = Sign in again
oauth-sign-in-anew = The program asks you to sign in once more.
oauth-code-title = The code for the program
oauth-code-how = Copy this code and paste it into the program.
oauth-code-life = It works once, within ten minutes. Show it to nobody.
oauth-unknown-program = This program is not registered here. Please sign in from the program once more.
oauth-unknown-redirect = The program wants to go on at an address that it did not register. Please tell its makers.
oauth-wrong-response = The app asks in a way that this node does not take (response_type). Please tell whoever made the app.
oauth-wrong-scope = The app asks for rights that it did not register or that this node does not know (scope). Please tell whoever made the app.
oauth-wrong-challenge = The app proves itself in a way that this node does not take (code_challenge: S256 only). Please tell whoever made the app.

## Registering a program
oauth-name-form = The name of a program has 1 to { $count } characters.
oauth-website-form = The website of a program begins with http:// or https://.
oauth-redirect-form = A redirect URI is absolute, without a fragment (#), and has at most 2000 characters.
oauth-redirect-count = A program has 1 to { $count } redirect URIs.
sign-up-agreement = Please agree to the rules.
oauth-scope = This is outside of what the program may do.
email-confirmed = The mail address is confirmed already.
