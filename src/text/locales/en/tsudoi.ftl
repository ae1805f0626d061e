# What pages and mails say. Keys and arguments are the same as in ja/tsudoi.ftl (a test checks it).

## errors
error-not-found = There is no such page. Please check the address, or start from the front page.
error-gone = This page has been deleted.
error-unauthenticated = You need to sign in to see this page. Please sign in and try again.
error-malformed = We could not read what was sent. Please go back and try again.
error-too-large = What was sent is too large. Please make the file smaller or send fewer of them, and try again.
error-too-many = Too much happened in a short time. Please wait a minute and try again.
error-unavailable = The server is busy, or the other server does not answer. Please wait a little and try again.
error-internal = Something went wrong on our side. Please try again a little later, and tell the organisers if it happens again.

## handles
handle-form = Please write the handle as name@server, for example aiko@om.example.jp.
handle-name = The name in a handle consists of Latin letters, digits and _ . - only. Please check it.
handle-host = The server name in the handle is not right. Please check what follows the @.
handle-local-name = { $count ->
        [one] A name is at most { $count } letter, of a–z, 0–9 and _ only.
       *[other] A name has 1 to { $count } letters, of a–z, 0–9 and _ only.
    }
handle-reserved = The server needs this name for itself. Please choose another one.

## mail addresses
email-form = We could not read this mail address. It should look like aiko@example.jp; please check it.
email-long = This mail address is too long (at most { $count } letters). Please check it.

## pictures
media-type = This kind of file cannot be used. Please choose a picture in JPEG, PNG, GIF or WebP format.
media-unreadable = We could not read this picture. The file may be damaged: please save it again, or choose another one.
media-disk-full = This node has little disk space left and takes no pictures at present. You can post words. Please tell its organisers.
media-too-large = This picture is too large (at most { $count } MB each). Please make it smaller and try again.
media-too-many-pixels = This picture has too many pixels (at most { $count } million). Please scale it down and try again.

## rules of accounts
bio-too-long = A bio has at most { $count } characters. Please shorten it and save again.
block-not-oneself = You cannot block yourself.
code-expired = These digits can no longer be used. Please ask for new ones.
code-wrong = { $count ->
        [one] These digits do not match. One more try.
       *[other] These digits do not match. { $count } tries left.
    }
display-name-too-long = A display name has at most { $count } characters.
email-taken = This mail address is in use already.
error-admins-only = This page is for administrators only.
error-host-blocked = This node does not talk with that server.
error-remote-refused = The other server did not want to show this.
field-too-long = Each line of a profile has at most { $count } characters.
account-suspended = This account is suspended.
follow-not-allowed = This account cannot be followed.
move-not-confirmed = The new account does not name this one among its other accounts. Please add it there first.
name-taken = This name is taken. Please choose another one.
password-too-long = A password has at most { $count } characters.
password-too-short = A password needs at least { $count } characters.
sign-in-suspended = This account cannot be used at present. Please ask the organisers of your chapter.
sign-in-pending = Please wait until your chapter has approved you. You will get a mail.
sign-in-wrong = The user name (mail address) or the password is wrong. Leave the password empty to sign in by mail.
too-many-fields = A profile has at most { $count } lines.

## rules of posts
boost-not-allowed = This post cannot be boosted.
media-in-use = A post shows this picture.
media-description-too-long = The description of a picture has at most { $count } characters.
pin-not-open = Only public and unlisted posts can be pinned.
pin-too-many = At most { $count } posts can be pinned.
poll-choice = Please choose an answer.
poll-duration = A poll lasts from 5 minutes to 90 days.
poll-option-too-long = An answer has at most { $count } characters.
poll-over = This poll has ended.
poll-same-options = Two answers are the same.
poll-too-few = A poll needs two answers or more.
poll-too-many = A poll has at most { $count } answers.
poll-not-editable = The choices of a poll cannot be changed once it is published.
poll-voted = You have voted already.
schedule-too-many = At most { $count } posts can wait for their time.
schedule-too-soon = A post is scheduled at least five minutes ahead.
post-empty = Please write something, or add a picture or a poll.
post-language = The language is not right.
post-media-unknown = The picture was not found. Please choose it again.
post-poll-or-media = A post can have a poll or pictures, not both.
post-too-long = A post has at most { $count } characters. Please shorten it, or write several.
post-too-many-media = A post has at most { $count } pictures.
quote-gone = The post to quote was not found.
quote-not-allowed = This post cannot be quoted.
reaction-not-allowed = You cannot react to this post.
reply-not-allowed = You cannot reply to this post.
reply-parent-gone = The post you reply to was not found.
search-too-long = A search has at most { $count } characters.
summary-too-long = A content warning has at most { $count } characters.
push-keys = The keys for push notifications (p256dh and auth) are not right.
notifications-not-filtered = Notifications cannot be held back. Mute or block instead.
