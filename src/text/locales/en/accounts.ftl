# Words of sign-up, sign-in, profiles, settings and administration.

## forms
form-problems = { $count ->
        [one] One thing to correct
       *[other] { $count } things to correct
    }
form-check = Please check
form-optional = Optional
form-up-to = Up to { $count } characters
form-email = Mail address
form-save = Save
form-back = Back
text-missing = This cannot be empty.
text-too-long = At most { $count } characters. Please shorten it.
pages = Pages
pages-next = Next page

## six digits
code-title = Enter the digits
code-heading = Enter the digits from the mail
code-label = Six digits
code-sent = We sent six digits to { $email }. They work for 10 minutes.
code-life = Enter the six digits that came by mail. They work for 10 minutes.
code-not-there = Nothing there? Look in the spam folder too. One address gets only a few mails an hour: after some tries, please wait an hour.
code-again = Send again
code-send = Send the digits
code-too-many = At most { $count } mails an hour go to one address. Please wait a while and try again.

## sign-in
sign-in-title = Sign in
sign-in-who = User name or mail address
sign-in-who-hint = We send six digits to your mail address.
sign-in-who-missing = Please enter your user name or mail address.
sign-in-password = Password
sign-in-password-hint = Only if you have set one. Leave it empty to sign in by mail.
sign-in-shared = This is a shared computer
sign-in-shared-hint = You are signed out when you close the browser.
sign-in-continue = Continue
sign-in-new-here = New here?
sign-in-code-sent = We sent six digits to the mail address of “{ $who }”. They work for 10 minutes.

## sign-up
sign-up-title = Ask to join
sign-up-approval = A moderator of this chapter reads this and answers by mail.
sign-up-open = As soon as your mail address is confirmed, you can start.
sign-up-closed = Nobody new can join at present. Please ask the organisers of the chapter.
sign-up-name = Your name
sign-up-name-hint = The name people call you by. You can change it later.
sign-up-username = User name
sign-up-username-hint = Small Latin letters, digits and _. Others find you as @name@{ $domain }. It cannot be changed later.
sign-up-email-hint = Nobody else sees it.
sign-up-reason = A line about yourself
sign-up-reason-hint = Where you are, what you do, why you want to join. Only the moderators read it.
sign-up-leave-empty = Leave this empty
sign-up-send = Send
sign-up-known = Already a member?
sign-up-confirm = Finish
sign-up-restart = Start again
sign-up-decided = This request has been answered already.
display-name-missing = Please enter your name.
reason-missing = Please write a line about yourself. A moderator reads it.
reason-too-long = At most { $count } characters. Please shorten it.
waiting-title = We have your request
waiting-text = A moderator is reading it. When it is approved you get a mail and can sign in, usually within a day.
waiting-read = Read public posts

## first set-up
setup-title = First set-up
setup-heading = Let us start your node
setup-once = This is done once. Everything but the user name can be changed later.
setup-link-void = This set-up link no longer works. If the node is set up already, please sign in. If not, start the server again: it prints a new link.
setup-node = This node
setup-owner = You, the owner
setup-email-hint = The sign-in digits go there.
setup-password-hint = For when mail does not arrive. At least 10 characters.
setup-start = Start the node
node-name = Name of the node
node-chapter = Name of the chapter
node-chapter-hint = For example: Iwate chapter
node-description = About
node-description-hint = Shown on the front page and to other servers.

## settings
settings-profile = Profile
settings-account = Account and mail
settings-password = Password
settings-devices = Devices
settings-language = Language and audience
settings-move = Move and delete
settings-mail = Mail
role = Role
role-member = Member
role-moderator = Moderator
role-admin = Admin
role-owner = Owner

profile-name = Display name
profile-bio = About you
profile-bio-hint = #topics and links work.
profile-avatar = Avatar
profile-avatar-now = Current picture
profile-avatar-remove = Show no avatar any more
profile-picture-hint = Up to { $count } MB. The place and camera data are removed.
profile-header = Header picture
profile-header-remove = Show no header picture any more
profile-fields = Fields (up to { $count })
profile-fields-hint = A page that links back with rel="me" gets a verified mark.
profile-field-name = Label { $count }
profile-field-label = Label
profile-field-content = Content
profile-field-value = Content { $count }
profile-visibility = Visibility
profile-locked = Approve followers yourself
profile-discoverable = List me in directories
profile-indexable = Let other servers index my public posts

## Details
settings-details = Details
details-title = Details
details-why = Fill in only what you like. You choose for each line who sees it, and can change that at any time.
detail-name = Name
detail-reading = Reading of the name
detail-reading-hint = In hiragana. Katakana becomes hiragana.
detail-reading-kana = Please write the reading in hiragana or katakana, with a blank between the names if you like.
detail-affiliation = Kind of affiliation
detail-affiliation-unknown = Please choose a kind of affiliation from the list.
affiliation-municipality = Municipality
affiliation-prefecture = Prefecture
affiliation-firm = Company
affiliation-npo = NPO or citizens' group
affiliation-university = University or research
affiliation-student = Student
affiliation-other = Other
detail-organisation = Organisation
detail-position = Position
detail-municipality = Town
detail-municipality-hint = Where you live, or where you are active.
detail-skills = Skills
detail-skills-hint = For example: vacant houses, public transport, taking minutes
detail-interests = Interests
detail-word = A word to everybody
detail-none = None
detail-audience = Who sees this: { $field }
detail-chosen = Chosen on { $day }.
detail-audience-staff = Staff
detail-audience-chapter = Chapter
detail-audience-network = Network
detail-audience-public = Public
detail-audience-staff-long = Staff: moderators and administrators of this node
detail-audience-chapter-long = Chapter: members of this node
detail-audience-network-long = Network: members of all chapters
detail-audience-public-long = Public: anybody, on other servers, too

## Settings, continued
email-change = Change the mail address
email-new = New mail address
email-new-hint = We send six digits there. The old address stays until you enter them.
email-change-now = Use this address

confirm-title = Is it you?
confirm-why = Before the mail address, the password or the account itself changes, we make sure that it is you. This lasts for 10 minutes.
confirm-needed = Before you change this, we make sure that it is you.
confirm-go = Confirm that it is me
confirm-by-password = By password
confirm-by-mail = By mail
confirm-by-mail-hint = We send six digits to your mail address.
confirm-by-code = The digits from the mail
confirm-sent = We sent six digits to your mail address. They work for 10 minutes.
password-wrong = The password is wrong.
password-current = Current password
password-new = New password
password-new-hint = At least 10 characters. A long phrase beats odd symbols.
password-not-needed = You do not need one. You can always sign in by mail.
password-change = Change the password
password-set = Set a password
password-remove = Remove the password
password-signs-out = Your other devices and connected programs are signed out.

device-unknown = Unknown device
device-this = This device
device-sign-out = Sign out
device-sign-out-all = Sign out everywhere else
device-sign-out-all-sure = Sign out all other devices and connected programs?
programs = Connected programs
program-last-used = Last used:
program-revoke = Disconnect

language-of-pages = Language of pages and mails
language-name = English
language-audience = Usual audience of your posts
audience-choice-public = Public: anyone can read it
audience-choice-unlisted = Unlisted: readable, but not in listings
audience-choice-followers = Followers: only people who follow you
audience-choice-direct = Only the people mentioned with @
audience-choice-chapter = Chapter only: members of this node

move-here = Move here from elsewhere
alias-label = Old account
alias-hint = Write it here first, then start the move on the old server.
alias-add = Add
alias-remove = Remove
alias-too-many = At most { $count } accounts can be named.
handle-unknown = This account was not found. Please check the handle. If the other server is down, please try again later.
move-oneself = This is your present account. Please write another one.
move-away = Move away from here
move-away-text = Followers go to the new account. Posts stay here.
move-target = New account
move-target-hint = First name this account as an old account (alias) of the new one.
move-check = Check
move-sure = You are moving to this account
move-effect-followers = { $count ->
        [one] Your one follower is told to follow the new account.
       *[other] Your { $count } followers are told to follow the new account.
    }
move-effect-posts = Your posts stay here. They do not go to the new account.
move-effect-sign = Your page says that you have moved, and nobody can newly follow you here.
move-now = Move
move-done = Moved to:
delete-title = Delete the account
delete-text = Posts, pictures and follows go, here and, as far as they obey, on other servers. This cannot be undone. The user name is never given out again.
delete-type-name = Type your user name ({ $name }) to confirm
delete-other-name = This is not your user name. Nothing was deleted.
delete-now = Delete for ever

## administration
admin-title = Administration
admin-node = Node settings
admin-sign-ups = Sign-ups
admin-members = Members and roles
admin-hosts = Hosts and deliveries
admin-reports = Reports
node-state = How it is doing
node-version = Version
node-members = Members
node-waiting = Waiting deliveries
signup-open = Anyone, at once
signup-approval = A moderator approves
signup-closed = Nobody for now
signup-where = Who may join is set in the server’s configuration (signup, TSUDOI_SIGNUP).

sign-ups-waiting = { $count } waiting
sign-ups-none = No requests are waiting.
sign-ups-confirmed = Confirmed
sign-ups-approve = Approve
sign-ups-decline = Decline
sign-ups-decline-sure = Send a refusal and delete the request?

members-count = { $count ->
        [one] One member
       *[other] { $count } members
    }
members-search = Name or mail
members-table = Members
members-name = Name
members-last-seen = Last seen
members-access = Access
members-role-of = { $name }: role
members-change = Change
members-suspended = Suspended
members-suspend = Suspend
members-unsuspend = Unsuspend
members-suspend-text = Somebody who is suspended cannot sign in, and their posts and profile are hidden here and at the network's other nodes; other servers are asked to hide them, too. Unsuspended, they are shown again.
role-not-allowed = You cannot give or take a role above your own.
role-last-owner = The node would have no owner. Please make somebody else an owner first.

hosts = Hosts
hosts-text = A host that does not answer is tried again for 14 days, and at once when it contacts us.
hosts-none = There has been no contact with other servers yet.
hosts-table = Table of hosts
host-server = Server
host-state = State
host-waiting = Waiting
host-oldest = Oldest
host-next = Next try
host-soon = Soon
host-fine = Fine
host-silent = Silent
host-since = since { $date }
host-blocked = Blocked
host-block = Block
host-unblock = Unblock
host-block-title = Block a server
host-block-hint = Nothing is accepted from it and nothing is sent to it. The same goes for servers below that name, such as a.server.example, and for the server behind it, where that has another name.
host-block-sure = Block this server?
host-form = Please write only the name of the server, such as server.example.
host-own = You cannot block your own node.
dead = Dead letters
dead-none = None.
dead-table = Table of dead letters
dead-to = To
dead-what = What
dead-reason = Reason
dead-action = Action
dead-tries = { $count ->
        [one] (one try)
       *[other] ({ $count } tries)
    }
dead-retry = Retry
dead-retry-all = Retry all

reports-none = There are no reports.
report-from = Reported by
report-comment = Comment
report-posts = Posts

## after an action
flash-saved = Saved.
flash-welcome = Welcome. Say a few words about yourself, and follow somebody.
flash-founded = Your node is ready. Welcome.
flash-email = Your mail address has changed.
flash-password = Your password has changed. Other devices are signed out.
flash-password-removed = Your password is removed. You can sign in by mail.
flash-signed-out = Signed out.
flash-moved = You have moved. Your followers are being told.
flash-deleted = The account is deleted. Other servers are being told.
flash-approved = Approved. A mail is on its way.
flash-declined = Declined. A mail is on its way.
flash-retried = Sending again.

## mails
mail-code-subject = Your digits { $code }
mail-code-sign-in = These digits sign you in. Please enter them on the page.
mail-code-sign-up = Thank you for asking to join. These digits confirm your mail address. Please enter them on the page.
mail-code-change-email = These digits confirm your new mail address. Please enter them on the page.
mail-code-confirm = These digits confirm that it is you. Please enter them on the page.
mail-code-life = They work once, within 10 minutes. Do not tell them to anybody.
mail-code-link =
    This page opens with the digits filled in:
    { $link }
mail-code-not-you = If you did not ask for this, please delete this mail. Nothing changes.
mail-known-subject = You already have an account
mail-known-body =
    Somebody wanted to register with this mail address. There already is an account with it.

    If it was you, please sign in here. You need no password.
    { $link }

    If it was not you, please delete this mail. Nothing changes.
mail-applied-subject = Request to join: { $name }
mail-applied-body = Somebody asks to join. Please approve or decline on the administration page.
mail-approved-subject = { $node }: you are in
mail-approved-body =
    Your request to join has been approved. Welcome.

    You can sign in here. You need no password.
    { $link }
mail-declined-subject = { $node }: your request to join
mail-declined-body =
    Thank you for your request. We are sorry that it could not be approved this time.

    What you sent us has been deleted. If you have questions, please ask the organisers of the chapter.
mail-password-subject = Your password has changed
mail-password-body =
    Your password has changed, and your other devices are signed out.

    If it was not you, please sign in by mail at once, change the password, and tell the organisers of the chapter.
mail-email-changed-subject = Your mail address has changed
mail-email-changed-body =
    The mail address of your account is now { $email }. From now on, mails go there.

    If it was not you, please tell the organisers of the chapter at once.
mail-deleted-subject = Your account is deleted
mail-deleted-body =
    Your account and your posts are deleted, and other servers have been told.

    Thank you for having been with us.
audience-choice-network = Network: members of all chapters
network-signed-another = This node has already signed another proposal of the same version.
network-log-frozen = This node's log has two histories and is frozen. See the operator's guide.
network-recovering = This node was restored from an old copy and is getting its log back from the others. Until that is done, nothing can be posted in public or to the network.
network-clock-wrong = The clock of this server is wrong. Until an admin sets it right, nothing can be posted in public or to the network.
network-held-restored = restored; getting its log back
network-held-clock = the clock is wrong
network-not-the-end = This end of the log cannot be signed: there is more of it here.
network-invitation-unreadable = The invitation cannot be read. Please paste it whole, from the first to the last character.
network-invitation-used = This invitation was used or has run out. Please ask for a new one.
network-member-already = This node is in a network already.
network-domain-not-confirmed = The domain did not confirm that it belongs to the node with this key.

## administration of the network
admin-network = Network
network-alone = This node is in no network yet.
network-before = It was in “{ $name }” before. When it founds or joins another network, its copies of those logs go. Posts stay.
network-create = Found a network
network-create-text = Done once, by the first chapter. The other chapters join by invitation.
network-create-now = Found it
network-name = Name of the network
network-name-hint = All chapters show this name.
network-own-node = Short name of this node
network-own-node-hint = Small letters, digits and hyphens, up to 30. It cannot be changed later.
network-node-name = Please use only small letters, digits and hyphens, up to 30.
network-node-taken = There is a node of this name already. Please choose another one.
network-prefecture = Prefecture
network-join = Join a network
network-join-text = This takes the invitation that another chapter gave you.
network-join-check = Read the invitation
network-join-now = Join
network-join-as = Name of this node: { $node }
network-join-failed = The node that invited did not answer. Please make sure that it is running and that this node can be reached from outside, and try again. If it then says that the invitation was used, ask for a new one.
network-invitation = Invitation
network-invitation-hint = Paste it whole, from the first to the last character.
network-invited-by = { $chapter } invites you.
network-compare = Call somebody of the chapter that invites, and compare these digits with those on their screen, aloud. If they differ, do not join.
network-compared = I have compared them by telephone, and they are the same.
network-compared-new = I have called the people of the node that joins, and the digits are the same.
network-understood = I understand what will happen.
network-not-sure = Please make sure, and then tick the box.
network-asked = This node has asked to join. It is a member as soon as the admins of a majority of the other chapters have signed.
network-asked-again = If that takes more than a week, please start again with a new invitation.
network-proposal = Proposal that waits for signatures
network-proposal-unknown = There is no proposal with this number, or more than one.
network-joins = joins
network-leaves = leaves
network-comma = {", "}
network-signed-by = Signed by: { $names }.
network-needed = { $count ->
        [one] The signature of one node is needed.
       *[other] The signatures of { $count } nodes are needed.
    }
network-until = It is void if there are not enough by { $date }.
network-signed-here = This node has signed. The other chapters’ signatures are still to come.
network-signed-another-there = The node that invited has already signed another proposal. Please try again when that is settled.
network-sign = Sign
network-version = version { $count }
network-digits = The fingerprints of the nodes. Read them to each other by telephone and make sure that both screens show the same.
network-leave = Leave the network
network-leave-text = This node no longer gets the posts of the other chapters, and nobody here can write to the network. Posts and copies stay.
network-remove = Remove from the network
network-remove-text = All chapters stop talking with this node. Copies of its posts stay.
network-invite = Invite a chapter
network-invite-text = An invitation is for one node, works once, for a week. Hand it over in private, never in a public place.
network-invite-make = Make an invitation
network-invitation-once = This is shown only now. Copy it and hand it over in private.
network-invitation-digits = When the other chapter calls, read out these digits of this node, so that they can compare.
network-copy = Copy
flash-network-founded = The network is founded. Now invite the other chapters.
flash-network-joined = This node has joined the network.
flash-network-asked = This node has asked to join. The other chapters must sign.
flash-network-signed = Signed. The other chapters must sign, too.
flash-network-proposed = Proposed and signed. The other chapters must sign, too.
flash-network-in-force = Signed, and in force.
parked = Parked arrivals
parked-text = They need something that is not here yet. They are tried again when it comes, and from time to time.
parked-none = None.
parked-table = Table of parked arrivals
parked-from = From
parked-next = Next try

mute-not-oneself = You cannot mute yourself.
note-too-long = A note may have { $count } characters at most.
endorse-follow-first = Only people whom you follow can be featured on your profile.
list-title-empty = Please give the list a name.
list-title-too-long = The name of a list may have { $count } characters at most.
lists-too-many = You can have { $count } lists at most.
list-full = A list can have { $count } people at most.
report-not-oneself = You cannot report yourself.
report-comment-too-long = A report may have { $count } characters at most.
tag-not-a-tag = This is not a hashtag.
tags-too-many-followed = You can follow { $count } hashtags at most.
tags-too-many-featured = A profile can show { $count } hashtags at most.
filter-title-empty = Please give the filter a name.
filter-title-too-long = The name of a filter may have { $count } characters at most.
filter-context-empty = Please say where the filter applies.
filters-too-many = You can have { $count } filters at most.
keyword-empty = Please give a keyword.
keyword-too-long = A keyword may have { $count } characters at most.
keywords-too-many = A filter can have { $count } keywords at most.
