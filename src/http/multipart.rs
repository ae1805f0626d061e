//! What comes as `multipart/form-data`: texts and files, with their limits.
use crate::{
    app::App,
    error::{Error, Result},
};
use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, Request, multipart::Field},
};

/// Bytes of all text fields together, and number of fields.
const MAX_TEXT: usize = 1 << 20;
const MAX_FIELDS: usize = 200;

/// How long a form may be in which there are so many files: they, the texts, and what stands between them.
pub fn room_for(app: &App, files: usize) -> DefaultBodyLimit {
    DefaultBodyLimit::max(app.config.max_media_bytes.saturating_mul(files).saturating_add(2 << 20))
}

/// The fields in their order. An empty file field is left out.
#[derive(Debug, Default)]
pub struct Multipart {
    pub fields: Vec<(String, String)>,
    pub files: Vec<(String, File)>,
}

#[derive(Debug)]
pub enum File {
    Bytes(Bytes),
    /// More than may be kept, mostly `max_media_bytes`; what was sent is not kept.
    TooLarge,
}

impl File {
    /// Errors: `media-too-large`.
    pub fn bytes(&self, app: &App) -> Result<Bytes> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::TooLarge => {
                Err(Error::Invalid("media-too-large", (app.config.max_media_bytes >> 20).max(1)))
            }
        }
    }
}

impl Multipart {
    /// The first field of this name, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| n == name).map_or("", |(_, text)| text)
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(n, _)| n == name).map(|(_, text)| text.as_str())
    }

    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|(n, _)| n == name).map(|(_, file)| file)
    }
}

impl FromRequest<App> for Multipart {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        Self::read(request, app, app.config.max_media_bytes).await
    }
}

impl Multipart {
    /// Files of more than `largest` bytes are read past.
    pub async fn read(request: Request, app: &App, largest: usize) -> Result<Self> {
        let mut parts = axum::extract::Multipart::from_request(request, app)
            .await
            .map_err(|e| Error::Malformed(e.to_string()))?;
        let mut form = Self::default();
        let mut room = MAX_TEXT;
        while let Some(field) = parts.next_field().await.map_err(broken)? {
            if form.fields.len() + form.files.len() >= MAX_FIELDS {
                return Err(Error::TooLarge);
            }
            let name = field.name().unwrap_or_default().to_owned();
            let Some(file_name) = field.file_name().map(str::to_owned) else {
                let text = read(field, room).await?.ok_or(Error::TooLarge)?;
                room -= text.len();
                let text = String::from_utf8_lossy(&text).replace("\r\n", "\n").replace('\0', "");
                form.fields.push((name, text));
                continue;
            };
            match read(field, largest).await? {
                Some(bytes) if bytes.is_empty() && file_name.is_empty() => {}
                Some(bytes) => form.files.push((name, File::Bytes(bytes.into()))),
                None => form.files.push((name, File::TooLarge)),
            }
        }
        Ok(form)
    }
}

/// At most `max` bytes; none when there are more (they are read, so that the rest of the form can be).
async fn read(mut field: Field<'_>, max: usize) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let mut fits = true;
    while let Some(chunk) = field.chunk().await.map_err(broken)? {
        fits = fits && bytes.len() + chunk.len() <= max;
        if fits {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    Ok(fits.then_some(bytes))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn broken(error: axum::extract::multipart::MultipartError) -> Error {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Error::TooLarge
    } else {
        Error::Malformed(error.to_string())
    }
}
