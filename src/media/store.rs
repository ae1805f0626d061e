//! Files under names made of their content. Every function blocks: call them from `spawn_blocking`.
use crate::{
    error::{Error, Result},
    ids,
};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A folder of files named `ab/cd/<sha256>.<extension>`; equal content is kept once.
#[derive(Clone, Debug)]
pub struct MediaStore {
    root: PathBuf,
}

impl MediaStore {
    /// The folder is made at the first `put`.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Keeps `bytes` and returns their name, once they are safe from a power cut. The extension is lower-case.
    pub fn put(&self, bytes: &[u8], extension: &str) -> Result<String> {
        let hash = ids::sha256_hex(bytes);
        let name = format!("{}/{}/{hash}.{extension}", part(&hash, 0), part(&hash, 2));
        let path = self.path(&name)?;
        if !path.is_file() {
            write(&path, bytes).map_err(|e| unavailable(&path, &e))?;
        }
        Ok(name)
    }

    /// Where the file of this name lies, or would lie. Anything that is not such a name is not found.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        if is_name(name) { Ok(self.root.join(name)) } else { Err(Error::NotFound) }
    }

    /// The path of the file's address on the node.
    pub fn web_path(name: &str) -> String {
        format!("/media/{name}")
    }

    /// Deletes a file; one that is gone already is fine. The caller knows that nothing else has the same content.
    pub fn delete(&self, name: &str) -> Result<()> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(unavailable(&path, &e)),
            _ => Ok(()),
        }
    }
}

fn part(hash: &str, from: usize) -> &str {
    hash.get(from..from + 2).unwrap_or_default()
}

fn is_name(name: &str) -> bool {
    let mut parts = name.split('/');
    let (Some(first), Some(second), Some(file), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some((hash, extension)) = file.split_once('.') else { return false };
    let hex = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f');
    let plain = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase();
    hash.len() == 64
        && hash.chars().all(hex)
        && first == part(hash, 0)
        && second == part(hash, 2)
        && (1..=5).contains(&extension.len())
        && extension.chars().all(plain)
}

/// Writes beside the goal and renames, so that nobody ever reads half a file.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{}", ids::secret()));
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
        return written;
    }
    File::open(folder)?.sync_all()
}

fn unavailable(path: &Path, error: &io::Error) -> Error {
    Error::Unavailable(format!("media: {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> MediaStore {
        MediaStore::new(std::env::temp_dir().join(format!("tsudoi-media-{}", ids::secret())))
    }

    #[test]
    fn equal_content_is_kept_once_under_its_hash() {
        let store = store();
        let name = store.put(b"picture", "jpg").unwrap();
        let hash = ids::sha256_hex(b"picture");
        let folders = format!("{}/{}/", part(&hash, 0), part(&hash, 2));
        assert_eq!(name, format!("{folders}{hash}.jpg"));
        assert!(hash.starts_with(&folders.replace('/', "")));
        assert_eq!(store.put(b"picture", "jpg").unwrap(), name);

        let path = store.path(&name).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"picture");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        fs::remove_dir_all(&store.root).unwrap();
    }

    #[test]
    fn a_deleted_file_is_gone_and_deleting_it_again_is_fine() {
        let store = store();
        let name = store.put(b"picture", "png").unwrap();
        store.delete(&name).unwrap();
        assert!(!store.path(&name).unwrap().exists());
        store.delete(&name).unwrap();
        fs::remove_dir_all(&store.root).unwrap();
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let hash = "ab".repeat(32);
        for name in [
            String::new(),
            "../../etc/passwd".into(),
            format!("ab/ab/{hash}"),
            format!("ab/cd/{hash}.jpg"),
            format!("/ab/{hash}.jpg"),
            format!("ab/ab/{hash}.jpg/x"),
            format!("ab/ab/{hash}./../x"),
            format!("ab/ab/{hash}.jpg.sh"),
            format!("ab/ab/{}.jpg", hash.to_uppercase()),
            format!("AB/AB/{}.jpg", hash.to_uppercase()),
            format!("ab\\ab\\{hash}.jpg"),
            format!("ab/ab/{hash}.jp\0g"),
        ] {
            assert!(matches!(store().path(&name), Err(Error::NotFound)), "{name:?}");
        }
        assert!(store().path(&format!("ab/ab/{hash}.jpg")).is_ok());
        assert!(store().put(b"x", "../x").is_err());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_a_passing_failure() {
        let root = std::env::temp_dir().join(format!("tsudoi-media-{}", ids::secret()));
        fs::write(&root, b"a file where the folder should be").unwrap();
        let error = MediaStore::new(root.clone()).put(b"x", "png").unwrap_err();
        assert!(error.is_transient(), "{error}");
        fs::remove_file(&root).unwrap();
    }
}
