//! `tsudoi app`: programs of the client API; works on the database, with or without a running server.
use super::{account::brought, say, with_app};
use crate::{
    accounts::actions::tokens,
    app::App,
    config::Config,
    db,
    oauth::{
        clients::{self, Credentials},
        types::{RedirectUri, Registration},
    },
};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Program {
    /// Register a program, and print its client id and secret. The secret is shown once.
    #[command(
        after_help = "Example: tsudoi app create 'Our reader' --redirect-uri https://reader.example.jp/callback"
    )]
    Create {
        /// What the program is called, as members see it.
        name: String,
        /// Where members go back to; may be repeated. Without it they type a code.
        #[arg(long, default_value = RedirectUri::OUT_OF_BAND)]
        redirect_uri: Vec<String>,
        /// What it may ask members for, as names with spaces between them.
        #[arg(long, default_value = "read write follow push profile")]
        scopes: String,
        #[arg(long, default_value = "")]
        website: String,
        /// A client id of your own: 16 to 200 of a–z, A–Z, 0–9, - . _ ~
        #[arg(long, requires = "client_secret_stdin")]
        client_id: Option<String>,
        /// Read a secret of your own, of the same form, from standard input.
        #[arg(long, requires = "client_id")]
        client_secret_stdin: bool,
    },
}

impl Program {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        with_app(config, async |app| self.act(app).await).await
    }

    async fn act(self, app: &App) -> anyhow::Result<()> {
        let Self::Create { name, redirect_uri, scopes, website, client_id, .. } = self;
        let new = Registration::parse(&name, &website, &redirect_uri.join("\n"), &scopes)?;
        let credentials = match client_id {
            None => Credentials::random(),
            Some(client_id) => {
                tokens::check_brought(&client_id)?;
                Credentials { client_id, secret: brought()? }
            }
        };
        let mut tx = app.db.begin().await?;
        match clients::register(app, &mut tx, &new, &credentials).await {
            Err(e) if db::is_taken(&e) => anyhow::bail!("there is a program with this client id"),
            other => other?,
        };
        tx.commit().await?;
        say(&format!(
            "client_id: {}\nclient_secret: {}",
            credentials.client_id, credentials.secret
        ));
        Ok(())
    }
}
