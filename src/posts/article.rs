//! A post as pages show it: one template for timelines, threads, profiles and searches.
use super::{
    event::{Attendance, Facts},
    types::{Audience, Media, PollOption, QuoteState},
    view::{PollView, PostView},
};
use crate::{media::MediaStore, web::Page};
use askama::Template;

#[derive(Template)]
#[template(path = "posts/article.html")]
pub struct Article<'a> {
    page: &'a Page,
    v: &'a PostView,
    /// The post that the page is about.
    focus: bool,
    /// Says whom it answers: not where that post stands right above.
    names_parent: bool,
    pinned: bool,
}

impl<'a> Article<'a> {
    pub fn new(page: &'a Page, v: &'a PostView) -> Self {
        Self { page, v, focus: false, names_parent: true, pinned: false }
    }

    /// The post that the page is about.
    pub fn focused(page: &'a Page, v: &'a PostView) -> Self {
        Self { focus: true, names_parent: false, ..Self::new(page, v) }
    }

    /// Right below what it answers.
    pub fn in_thread(page: &'a Page, v: &'a PostView, names_parent: bool) -> Self {
        Self { names_parent, ..Self::new(page, v) }
    }

    /// At the top of its author's profile.
    pub fn pinned(page: &'a Page, v: &'a PostView) -> Self {
        Self { pinned: true, ..Self::new(page, v) }
    }

    fn is_own(&self) -> bool {
        self.page.is_me(&self.v.post.account_id)
    }
}

impl PostView {
    /// The page of the post on this node.
    pub fn path(&self) -> String {
        format!("{}/{}", self.author.path(), self.post.id)
    }

    /// Its name among the elements of a page.
    pub fn anchor(&self) -> String {
        format!("p{}", self.post.id)
    }

    /// The message key of its audience.
    pub fn audience_key(&self) -> &'static str {
        match self.post.audience {
            Audience::Public => "audience-public",
            Audience::Unlisted => "audience-unlisted",
            Audience::Followers => "audience-followers",
            Audience::Direct => "audience-direct",
            Audience::Network => "audience-network",
            Audience::Chapter => "audience-chapter",
        }
    }

    /// Sanitised HTML; the line that other software shows for a quote is left out where the quote itself is shown.
    pub fn content(&self) -> &str {
        let html = self.post.content_html.as_str();
        if self.quoted.is_none() || !html.starts_with("<p class=\"quote-inline\">") {
            return html;
        }
        html.split_once("</p>").map_or(html, |(_, rest)| rest)
    }

    /// The words on the cover of a folded post.
    pub fn is_folded(&self) -> bool {
        self.post.sensitive || !self.post.summary.is_empty()
    }

    pub fn waits_for_quote(&self) -> bool {
        self.post.quote_state == QuoteState::Pending
    }

    pub fn pictures(&self) -> Vec<&Media> {
        self.media.iter().filter(|m| m.is_image()).collect()
    }

    pub fn other_files(&self) -> Vec<&Media> {
        self.media.iter().filter(|m| !m.is_image()).collect()
    }
}

impl Media {
    /// Where the file is shown from: ours by its media name, a remote picture by our copy (`copies`), another remote file at its server.
    pub fn address(&self) -> String {
        if self.is_local() {
            MediaStore::web_path(&self.url)
        } else if self.is_image() {
            format!("/copies/pictures/{}", self.id)
        } else {
            self.url.clone()
        }
    }

    /// The two sizes of a picture of ours, as an `img` chooses from.
    pub fn sizes(&self) -> Option<String> {
        let thumbnail = self.thumbnail_url.as_ref().filter(|_| self.is_local())?;
        let longer = self.width.max(self.height).max(1);
        let small = self.width.saturating_mul(longer.min(400)) / longer;
        let thumbnail = MediaStore::web_path(thumbnail);
        Some(format!("{thumbnail} {}w, {} {}w", small.max(1), self.address(), self.width.max(1)))
    }

    /// The focal point in quarters of the picture, as style classes: the page's policy forbids style attributes.
    pub fn focus_classes(&self) -> String {
        format!("fx{} fy{}", quarter(self.focus_x), quarter(-self.focus_y))
    }

    /// As the composer's `select` says it.
    pub fn focus_value(&self) -> String {
        format!("{},{}", self.focus_x, self.focus_y)
    }
}

/// From -1 … 1 to the nearest of 0 … 4.
fn quarter(at: f64) -> u8 {
    match at {
        a if a < -0.75 => 0,
        a if a < -0.25 => 1,
        a if a <= 0.25 => 2,
        a if a <= 0.75 => 3,
        a if a > 0.75 => 4,
        _ => 2,
    }
}

impl PollView {
    fn share(&self, option: &PollOption) -> i64 {
        let all: i64 = if self.poll.multiple {
            self.poll.voters_count
        } else {
            self.options.iter().map(|o| o.votes).sum()
        };
        (option.votes.saturating_mul(100) / all.max(1)).clamp(0, 100)
    }

    fn is_own(&self, option: &PollOption) -> bool {
        self.own.contains(&option.position)
    }

    fn is_over(&self, page: &Page) -> bool {
        self.poll.is_over(page.now)
    }

    fn may_be_answered(&self, page: &Page, is_author: bool) -> bool {
        page.me.is_some() && !is_author && self.own.is_empty() && !self.is_over(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Timestamp,
        ids::{AccountId, MediaId, PostId},
        posts::types::Poll,
    };

    fn picture(x: f64, y: f64) -> Media {
        Media {
            id: MediaId(1),
            account_id: AccountId(1),
            post_id: None,
            media_type: "image/jpeg".into(),
            url: "ab/cd/x.jpg".into(),
            thumbnail_url: Some("ab/cd/t.jpg".into()),
            width: 1_200,
            height: 800,
            blurhash: None,
            description: String::new(),
            focus_x: x,
            focus_y: y,
        }
    }

    #[test]
    fn a_focal_point_becomes_the_nearest_quarter_with_up_being_the_top() {
        for ((x, y), classes) in [
            ((0.0, 0.0), "fx2 fy2"),
            ((-1.0, 1.0), "fx0 fy0"),
            ((1.0, -1.0), "fx4 fy4"),
            ((-0.7, 0.7), "fx1 fy1"),
            ((f64::NAN, 0.3), "fx2 fy1"),
        ] {
            assert_eq!(picture(x, y).focus_classes(), classes, "{x} {y}");
        }
    }

    #[test]
    fn a_picture_of_ours_offers_two_sizes_and_a_remote_one_is_shown_from_our_copy() {
        assert_eq!(
            picture(0.0, 0.0).sizes().unwrap(),
            "/media/ab/cd/t.jpg 400w, /media/ab/cd/x.jpg 1200w"
        );
        let remote = Media { url: "http://sample.example/x.jpg".into(), ..picture(0.0, 0.0) };
        assert_eq!((remote.address().as_str(), remote.sizes()), ("/copies/pictures/1", None));
    }

    #[test]
    fn shares_are_of_votes_or_where_several_answers_count_of_voters() {
        let option =
            |position, votes| PollOption { post_id: PostId(1), position, title: "x".into(), votes };
        let poll = |multiple, voters_count| PollView {
            poll: Poll {
                post_id: PostId(1),
                multiple,
                ends_at: Some(Timestamp(5)),
                closed: false,
                voters_count,
            },
            options: vec![option(0, 3), option(1, 1)],
            own: vec![],
        };
        assert_eq!(poll(false, 4).share(&option(0, 3)), 75);
        assert_eq!(poll(true, 3).share(&option(0, 3)), 100);
        assert_eq!(poll(true, 0).share(&option(1, 0)), 0);
    }
}
