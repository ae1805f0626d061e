# What this software keeps and to whom it sends it. Facts only. Whoever changes them changes the day in src/timelines/privacy.rs, too.

privacy-title = Privacy
privacy-lead = What the software of this node (Tsudoi) keeps about you, and to whom it sends it.

privacy-kept = What is kept
privacy-mail = Your mail address, and the reason that you gave when you joined. Only the organisers (administrators) see them; other members and servers do not.
privacy-secrets = Passwords, sign-ins, the tokens of apps and the six-digit codes in mails are kept in a form that cannot be turned back (as hashes).
privacy-devices = The kind of browser that you signed in with, the names of the apps that you connected, when each was first used and when last. You see them in the settings and can end them at any time.
privacy-sessions = { $count ->
    [one] A sign-in that is not used ends after { $count } day.
   *[other] A sign-in that is not used ends after { $count } days.
}
privacy-posts = Your profile, posts and what stood in them before you edited them, pictures, whom you follow, likes, notifications. What cameras add to pictures, such as the place, is removed.
privacy-own = Bookmarks, notes, mutes, lists, filters and scheduled posts are shown to nobody else and to no other server.
privacy-cookies = Cookies serve only signing in, the choice of language and a short message on the next page. There are no advertisements and no tracking, and pages load nothing from other companies.

privacy-sent = Who gets what
privacy-public = Public and unlisted posts and profiles can be read by anyone. They are sent to the servers of followers, and every node of the network keeps a copy.
privacy-network = Posts for the network are sent to the nodes of the network alone, whose members can read them. Posts for the chapter do not leave this node.
privacy-followers = Posts for followers are sent to the servers of followers, and posts for those mentioned to the servers of the people who are named.
privacy-readable = Posts are not kept encrypted. Whoever runs your server or that of the others can technically read even posts for those mentioned only.
privacy-details = What you tell of yourself in the directory is shown to those you chose for each line: the staff, your chapter, the whole network, or everybody. What the network or everybody may see is sent to all nodes of the network.
privacy-reactions = Follows, likes, boosts, votes and blocks are told to the server of the person concerned. Reports are read by the organisers of this node alone.
privacy-events = That you want to attend an event, and your message with it, go to the organiser's node alone, and only the organiser reads them. How many attend is seen by everybody who may read the event.
privacy-push = If you use notifications on your device, messages with encrypted content pass through the notification service of the browser or app. Mails are sent by the mail server that the organisers chose.

privacy-logs = Logs
privacy-no-logs = This software writes no content of posts and no secrets into its logs. When a mail cannot be sent it writes what the other mail server answered, and a mail address may stand there. IP addresses are not stored; they stay in memory for a short time so that floods of requests can be refused.
privacy-other-logs = A web server in front of this one, or a network provider, may keep logs of its own. Ask the organisers of this node about them.

privacy-gone = When it is deleted
privacy-codes = Codes in mails are deleted after about two hours, and mails as soon as they are sent. Mails that cannot be sent are given up and deleted after three days.
privacy-deleting = When you delete a post, its content is gone here at once and the files of its pictures after about a day, and the servers that got it are told to delete it. Whether they did cannot be checked.
privacy-leaving = When you delete your account, your posts, profile, mail address, password and sign-ins are deleted. Only your name stays, so that nobody else can take it.
privacy-backups = Backups that the organisers made keep it until they delete them.
privacy-copies = Copies of pictures of other servers are deleted after 30 days and fetched again when they are needed; pictures of nodes of the network are kept until their posts are deleted.
