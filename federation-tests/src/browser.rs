//! A browser in which a member has signed in: opens pages, and sends the forms that stand on them.
use crate::{Answer, Member, Node};
use reqwest::{Method, RequestBuilder, multipart};
use tsudoi::accounts::{actions::sign_in, queries, types::Role};

pub struct Browser {
    pub node: Node,
    cookie: String,
}

impl Browser {
    pub async fn of(member: &Member) -> Self {
        let app = member.node.app();
        let mut tx = app.db.begin().await.unwrap();
        let id = queries::by_uri(&mut tx, &member.uri).await.unwrap().unwrap().id;
        let secret = sign_in::open_session(app, &mut tx, id, "test").await.unwrap();
        tx.commit().await.unwrap();
        Self { node: member.node.clone(), cookie: format!("tsudoi={secret}") }
    }

    /// Of a new member who administers the node.
    pub async fn of_admin(node: &Node, name: &str) -> Self {
        let member = node.member(name).await;
        let mut tx = node.app().db.begin().await.unwrap();
        let id = queries::by_uri(&mut tx, &member.uri).await.unwrap().unwrap().id;
        queries::set_role(&mut tx, id, Role::Admin).await.unwrap();
        tx.commit().await.unwrap();
        Self::of(&member).await
    }

    /// The same browser with one more cookie (`name=value`).
    #[must_use]
    pub fn with_cookie(&self, cookie: &str) -> Self {
        Self { node: self.node.clone(), cookie: format!("{}; {cookie}", self.cookie) }
    }

    /// The same browser after its session has ended: its cookie opens nothing any more.
    #[must_use]
    pub fn signed_out(&self) -> Self {
        Self { node: self.node.clone(), cookie: "tsudoi=ended".to_owned() }
    }

    /// One in which nobody ever signed in.
    #[must_use]
    pub fn of_nobody(node: &Node) -> Self {
        Self { node: node.clone(), cookie: String::new() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.node.net().http.request(method, self.node.url(path));
        request.header("cookie", &self.cookie).header("accept", "text/html")
    }

    pub async fn opens(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// Fills in the form of `page` that goes to `action`, and sends it with what it hides; the page that comes then, with what its flash says.
    pub async fn sends(&self, page: &Answer, action: &str, typed: &[(&str, &str)]) -> Answer {
        let answer = self.posts_form(page, action, typed).await;
        if answer.status != 303 {
            return answer;
        }
        let next = answer.header("location").to_owned();
        let flash = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        let request = self.node.net().http.get(self.node.url(&next));
        let request = request.header("cookie", format!("{}; {flash}", self.cookie));
        Answer::of(request.header("accept", "text/html").send().await.unwrap()).await
    }

    /// Fills in and sends a form; the very answer, wherever it leads.
    pub async fn posts_form(&self, page: &Answer, action: &str, typed: &[(&str, &str)]) -> Answer {
        let form = form(&page.text(), action);
        let mut fields = hidden(&form);
        fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        if form.contains("enctype=\"multipart/form-data\"") {
            self.posts_parts(action, fields).await
        } else {
            self.posts(action, &fields).await
        }
    }

    /// Fills in and sends a form with files.
    pub async fn posts_files(
        &self,
        page: &Answer,
        action: &str,
        typed: &[(&str, &str)],
        files: &[(&'static str, Vec<u8>)],
    ) -> Answer {
        self.node.net().tick();
        let mut form = multipart::Form::new();
        for (name, value) in hidden(&self::form(&page.text(), action)) {
            form = form.text(name, value);
        }
        for (name, value) in typed {
            form = form.text((*name).to_owned(), (*value).to_owned());
        }
        for (name, bytes) in files {
            form = form.part(*name, multipart::Part::bytes(bytes.clone()).file_name("picture"));
        }
        Answer::of(self.request(Method::POST, action).multipart(form).send().await.unwrap()).await
    }

    async fn posts_parts(&self, path: &str, fields: Vec<(String, String)>) -> Answer {
        self.node.net().tick();
        let empty = multipart::Form::new();
        let form = fields.into_iter().fold(empty, |form, (name, value)| form.text(name, value));
        Answer::of(self.request(Method::POST, path).multipart(form).send().await.unwrap()).await
    }

    /// Posts fields, whatever form they may be from.
    pub async fn posts(&self, path: &str, fields: &[(String, String)]) -> Answer {
        self.node.net().tick();
        let body: String =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.request(Method::POST, path);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        Answer::of(request.body(body).send().await.unwrap()).await
    }
}

/// The form of a page that goes to `action`.
fn form(html: &str, action: &str) -> String {
    let marked = format!("action=\"{action}\"");
    let forms = html.split("<form ").skip(1).map(|f| f.split("</form>").next().unwrap());
    let found = forms.into_iter().find(|f| f.contains(&marked));
    found.unwrap_or_else(|| panic!("no form to {action} in {html}")).to_owned()
}

/// Names and values of a form's hidden fields.
fn hidden(form: &str) -> Vec<(String, String)> {
    let inputs = form.split("<input type=\"hidden\" ").skip(1);
    let value = |tag: &str, of: &str| {
        let rest = tag.split_once(&format!("{of}=\"")).unwrap().1;
        plain(rest.split('"').next().unwrap())
    };
    inputs.map(|tag| (value(tag, "name"), value(tag, "value"))).collect()
}

/// What is between the tags that begin and end so, as a reader sees it.
pub fn between(html: &str, begin: &str, end: &str) -> String {
    let rest = html.split_once(begin).unwrap_or_else(|| panic!("no {begin} in {html}")).1;
    plain(rest.split(end).next().unwrap())
}

fn plain(escaped: &str) -> String {
    let signs = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    signs.iter().fold(escaped.to_owned(), |text, (code, sign)| text.replace(code, sign))
}
