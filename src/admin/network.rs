//! The roster: founding a network, inviting, joining, signing, leaving, as `tsudoi network` does it.
use super::Admin;
use crate::{
    app::App,
    clock::Timestamp,
    error::{Error, Result},
    federation::{delivery, inbound},
    http::address::ClientAddress,
    network::{
        joining::{self, Introduction, Invitation},
        membership::{self, Proposal},
        status::{self, Status},
    },
    roster::{Member, Roster},
    web::{CheckedForm, Flash, Html, Page, Problems, SeeOther, csrf::NoFields, page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(HERE, get(show))
        .route("/admin/network/create", get(ask_to_create).post(create))
        .route("/admin/network/invite", post(invite))
        .route("/admin/network/join/check", post(check))
        .route("/admin/network/join", get(ask_to_join).post(join))
        .route("/admin/network/sign", post(sign))
        .route("/admin/network/remove", get(ask_to_remove).post(remove))
}

const HERE: &str = "/admin/network";

#[derive(Template)]
#[template(path = "admin/network.html")]
struct NetworkPage {
    page: Page,
    problems: Problems,
    standing: Standing,
    waiting: Vec<Waiting>,
    /// Deliveries that were given up, and arrivals that wait for something.
    dead: i64,
    parked: i64,
}

/// How this node stands to a network.
enum Standing {
    /// In none; it may have been in one before.
    Alone {
        before: Option<String>,
    },
    /// It has asked, and the others' admins have not signed yet.
    Asked(Roster),
    In {
        roster: Roster,
        status: Status,
    },
}

/// A proposal that waits for signatures.
struct Waiting {
    number: String,
    added: Vec<Member>,
    removed: Vec<Member>,
    /// The chapters whose nodes have signed.
    signed: Vec<String>,
    needed: usize,
    signed_here: bool,
    until: Timestamp,
}

impl Waiting {
    fn new(proposal: &Proposal, before: &Roster) -> Result<Self> {
        let next = &proposal.roster;
        let lacking = |from: &Roster, of: &Roster| -> Vec<Member> {
            from.members.iter().filter(|m| of.member(&m.node).is_none()).cloned().collect()
        };
        let chapter = |node: &str| before.member(node).map(|m| m.chapter.clone());
        Ok(Self {
            number: next.hash()?,
            added: lacking(next, before),
            removed: lacking(before, next),
            signed: next.signatures.iter().filter_map(|s| chapter(&s.node)).collect(),
            needed: before.majority(),
            signed_here: proposal.signed_here,
            until: next.until,
        })
    }

    /// As `tsudoi network show` names it.
    fn short(&self) -> String {
        self.number.chars().take(8).collect()
    }

    /// What who signs says by the tick.
    fn question(&self) -> &'static str {
        if self.added.is_empty() { "network-understood" } else { "network-compared-new" }
    }
}

/// What the forms of these pages carry; each uses its part.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Form {
    name: String,
    node: String,
    prefecture: String,
    invitation: String,
    /// The number of a proposal.
    number: String,
    /// Ticked: digits were compared, or what is about to happen was understood.
    sure: bool,
}

impl Form {
    fn introduction(&self) -> Introduction {
        Introduction { node: self.node.clone(), prefecture: self.prefecture.clone() }
    }

    /// Writes down what is wrong with the names.
    fn check(&self, problems: &mut Problems, page: &Page) -> Result<()> {
        for (field, outcome) in self.introduction().check() {
            problems.note(field, page.lang, outcome)?;
        }
        Ok(())
    }

    /// Errors: `network-not-sure`.
    fn be_sure(&self) -> Result<()> {
        if self.sure { Ok(()) } else { Err(Error::invalid("network-not-sure")) }
    }
}

impl NetworkPage {
    async fn new(app: &App, page: Page, problems: Problems) -> Result<Self> {
        let now = membership::now(app).await?;
        let mut tx = app.db.read().await?;
        let latest = membership::latest(&mut tx).await?;
        let proposals = membership::proposals(&mut tx, app.now()).await?;
        let asked = |p: &Proposal| p.roster.by_domain(app.host()).is_some();
        let standing = match (now, latest) {
            (Some(us), _) => Standing::In {
                roster: us.roster.clone(),
                status: status::status(&mut tx, &us, app.now()).await?,
            },
            (None, Some(roster)) if proposals.iter().any(asked) => Standing::Asked(roster),
            (None, roster) => Standing::Alone { before: roster.map(|r| r.name) },
        };
        let waiting = match &standing {
            Standing::In { roster, .. } => {
                proposals.iter().map(|p| Waiting::new(p, roster)).collect::<Result<_>>()?
            }
            Standing::Asked(_) | Standing::Alone { .. } => Vec::new(),
        };
        let (_, dead, _) = delivery::totals(&mut tx).await?;
        let (_, parked) = inbound::totals(&mut tx).await?;
        Ok(Self { page: page.at("", "a-network"), problems, standing, waiting, dead, parked })
    }
}

/// `GET /admin/network`
async fn show(State(app): State<App>, page: Page, _admin: Admin) -> Result<Html<NetworkPage>> {
    Ok(Html(NetworkPage::new(&app, page, Problems::default()).await?))
}

#[derive(Template)]
#[template(path = "admin/network_create.html")]
struct CreatePage {
    page: Page,
    problems: Problems,
    form: Form,
}

/// `GET /admin/network/create`
async fn ask_to_create(page: Page, _admin: Admin) -> Html<CreatePage> {
    let page = page.at("", "a-network");
    Html(CreatePage { page, problems: Problems::default(), form: Form::default() })
}

/// `POST /admin/network/create`
async fn create(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    CheckedForm(form): CheckedForm<Form>,
) -> Result<Response> {
    let mut problems = Problems::default();
    problems.note("name", page.lang, joining::check_words(&form.name))?;
    form.check(&mut problems, &page)?;
    if !problems.is_empty() {
        let template = CreatePage { page: page.at("", "a-network"), problems, form };
        return Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template));
    }
    joining::found(&app, &form.name, &form.introduction()).await?;
    Ok(done(&app, "flash-network-founded").into_response())
}

#[derive(Template)]
#[template(path = "admin/network_invitation.html")]
struct InvitationPage {
    page: Page,
    invitation: String,
    own: Member,
}

/// `POST /admin/network/invite`: shows a new invitation, this once.
async fn invite(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<Html<InvitationPage>> {
    let mut tx = app.db.begin().await?;
    let invitation = joining::invite(&app, &mut tx).await?;
    tx.commit().await?;
    let own = Invitation::parse(&invitation)?.by().clone();
    Ok(Html(InvitationPage { page: page.at("", "a-network"), invitation, own }))
}

#[derive(Template)]
#[template(path = "admin/network_join.html")]
struct JoinPage {
    page: Page,
    problems: Problems,
    form: Form,
    /// Once it was read: who invites, to be compared by telephone.
    invitation: Option<Invitation>,
}

impl JoinPage {
    fn answer(
        page: Page,
        problems: Problems,
        form: Form,
        invitation: Option<Invitation>,
    ) -> Response {
        let fine = problems.is_empty();
        let status = if fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = page.at("", "a-network");
        page::page(status, &Self { page, problems, form, invitation })
    }
}

/// `GET /admin/network/join`
async fn ask_to_join(page: Page, _admin: Admin) -> Response {
    JoinPage::answer(page, Problems::default(), Form::default(), None)
}

/// `POST /admin/network/join/check`: shows who invites. Nobody is asked yet.
async fn check(
    page: Page,
    _admin: Admin,
    CheckedForm(form): CheckedForm<Form>,
) -> Result<Response> {
    let mut problems = Problems::default();
    let invitation = Invitation::parse(&form.invitation);
    let invitation = problems.note("invitation", page.lang, invitation.map_err(in_words))?;
    form.check(&mut problems, &page)?;
    let invitation = invitation.filter(|_| problems.is_empty());
    Ok(JoinPage::answer(page, problems, form, invitation))
}

/// `POST /admin/network/join`: asks the node that invites; one request, which waits no longer than any message between nodes.
async fn join(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    address: ClientAddress,
    CheckedForm(form): CheckedForm<Form>,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let mut problems = Problems::default();
    let invitation = Invitation::parse(&form.invitation).map_err(in_words);
    let Some(invitation) = problems.note("invitation", page.lang, invitation)? else {
        return Ok(JoinPage::answer(page, problems, form, None));
    };
    let joined = match form.be_sure() {
        Ok(()) => joining::join(&app, &invitation, &form.introduction()).await.map_err(in_words),
        Err(e) => Err(e),
    };
    match problems.note("sure", page.lang, joined)? {
        Some(true) => Ok(done(&app, "flash-network-joined").into_response()),
        Some(false) => Ok(done(&app, "flash-network-asked").into_response()),
        None => Ok(JoinPage::answer(page, problems, form, Some(invitation))),
    }
}

/// For somebody before a form, an invitation that is no text and one whose roster is wrong are the same news, and so are a node that cannot be
/// reached and one that does not answer as itself.
fn in_words(e: Error) -> Error {
    match e {
        Error::Malformed(_) => Error::invalid("network-invitation-unreadable"),
        Error::Unavailable(_) | Error::Signature(_) => {
            tracing::info!(error = %e, "the node that invites was not reached");
            Error::invalid("network-join-failed")
        }
        other => other,
    }
}

/// `POST /admin/network/sign`
async fn sign(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    CheckedForm(form): CheckedForm<Form>,
) -> Result<Response> {
    let mut problems = Problems::default();
    let mut tx = app.db.begin().await?;
    let signed = async {
        form.be_sure()?;
        let proposal = membership::proposal(&mut tx, app.now(), &form.number).await?;
        membership::sign(&app, &mut tx, &proposal).await
    };
    let signed = problems.note("sure", page.lang, signed.await)?;
    let Some(in_force) = signed else {
        drop(tx);
        let template = NetworkPage::new(&app, page, problems).await?;
        return Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template));
    };
    tx.commit().await?;
    let said = if in_force { "flash-network-in-force" } else { "flash-network-signed" };
    Ok(done(&app, said).into_response())
}

#[derive(Template)]
#[template(path = "admin/network_remove.html")]
struct RemovePage {
    page: Page,
    problems: Problems,
    member: Member,
    is_here: bool,
    /// How many must sign, this node included.
    needed: usize,
}

impl RemovePage {
    async fn new(app: &App, page: Page, node: &str, problems: Problems) -> Result<Self> {
        let us = membership::now(app).await?.ok_or(Error::NotFound)?;
        let member = us.roster.member(node).cloned().ok_or(Error::NotFound)?;
        let (is_here, needed) = (us.me() == node, us.roster.majority());
        Ok(Self { page: page.at("", "a-network"), problems, member, is_here, needed })
    }
}

/// `GET /admin/network/remove?node=…`: what it means that a node leaves, this one or another.
async fn ask_to_remove(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    Query(form): Query<Form>,
) -> Result<Html<RemovePage>> {
    Ok(Html(RemovePage::new(&app, page, &form.node, Problems::default()).await?))
}

/// `POST /admin/network/remove`
async fn remove(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    CheckedForm(form): CheckedForm<Form>,
) -> Result<Response> {
    let mut problems = Problems::default();
    let mut tx = app.db.begin().await?;
    let removed = match form.be_sure() {
        Ok(()) => joining::remove(&app, &mut tx, &form.node).await,
        Err(e) => Err(e),
    };
    let Some(in_force) = problems.note("sure", page.lang, removed)? else {
        drop(tx);
        let template = RemovePage::new(&app, page, &form.node, problems).await?;
        return Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template));
    };
    tx.commit().await?;
    let said = if in_force { "flash-network-in-force" } else { "flash-network-proposed" };
    Ok(done(&app, said).into_response())
}

fn done(app: &App, said: &'static str) -> SeeOther {
    app.wake.network.notify_one();
    SeeOther::to(HERE).saying(app, &Flash::new(said))
}
