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
media-too-large = This picture is too large (at most { $count } MB each). Please make it smaller and try again.
media-too-many-pixels = This picture has too many pixels (at most { $count } million). Please scale it down and try again.
