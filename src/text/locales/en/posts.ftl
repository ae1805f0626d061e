# Posts, timelines, notifications, search, profile pages.
