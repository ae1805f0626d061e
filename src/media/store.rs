//! Files under names made of their content. Every function blocks: call them from `spawn_blocking`.
use crate::{
    error::{Error, Result},
    ids,
};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// A folder of files named `ab/cd/<sha256>.<extension>`; equal content is kept once.
#[derive(Clone, Debug)]
pub struct MediaStore {
    root: PathBuf,
    /// Percent of the disk that are left for words.
    reserve: u64,
}

impl MediaStore {
    /// The folder is made at the first `put`. When less than `reserve` percent of its disk are free, it takes nothing more.
    pub fn new(root: PathBuf, reserve: u8) -> Self {
        Self { root, reserve: reserve.into() }
    }

    /// Whether there is room for more on the disk.
    pub fn has_room(&self) -> Result<bool> {
        let there = self.root.ancestors().find(|folder| folder.is_dir()).unwrap_or(&self.root);
        let disk = rustix::fs::statvfs(there).map_err(|e| unavailable(there, &e.into()))?;
        let (free, all) = (disk.f_bavail, disk.f_blocks);
        Ok(free.saturating_mul(100) >= all.saturating_mul(self.reserve))
    }

    /// Keeps `bytes` and returns their name, once they are safe from a power cut. The extension is lower-case.
    pub fn put(&self, bytes: &[u8], extension: &str) -> Result<String> {
        let name = Self::name(&ids::sha256_hex(bytes), extension);
        if !self.path(&name)?.is_file() {
            self.keep(&name, bytes)?;
        }
        Ok(name)
    }

    /// Keeps `bytes` under a name that is not made of them; what was there before is replaced. Errors: `media-disk-full`.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name)?;
        if !self.has_room()? {
            return Err(Error::Invalid("media-disk-full", 0));
        }
        write(&path, bytes).map_err(|e| unavailable(&path, &e))
    }

    /// The name of a file by a SHA-256 in hexadecimal digits.
    pub fn name(hash: &str, extension: &str) -> String {
        format!("{}/{}/{hash}.{extension}", part(hash, 0), part(hash, 2))
    }

    /// Where the file of this name lies, or would lie. Anything that is not such a name is not found.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        if is_name(name) { Ok(self.root.join(name)) } else { Err(Error::NotFound) }
    }

    /// The path of the file's address on the node.
    pub fn web_path(name: &str) -> String {
        format!("/media/{name}")
    }

    /// Deletes every file that was written longer ago than `age`.
    pub fn forget_older_than(&self, age: Duration) -> Result<()> {
        forget(&self.root, age).map_err(|e| unavailable(&self.root, &e))
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

/// A folder that is not there has nothing to forget; a file that another process deletes meanwhile is gone all the same.
fn forget(folder: &Path, age: Duration) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            forget(&entry.path(), age)?;
            continue;
        }
        let written = entry.metadata().and_then(|m| m.modified());
        if written.is_ok_and(|at| at.elapsed().is_ok_and(|passed| passed > age)) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn unavailable(path: &Path, error: &io::Error) -> Error {
    Error::Unavailable(format!("media: {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> MediaStore {
        MediaStore::new(std::env::temp_dir().join(format!("tsudoi-media-{}", ids::secret())), 0)
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
    fn what_is_older_than_asked_is_forgotten_and_the_rest_stays() {
        let store = store();
        store.forget_older_than(Duration::ZERO).unwrap();
        let [old, new] =
            ["old", "new"].map(|content| store.put(content.as_bytes(), "png").unwrap());
        let hour = Duration::from_secs(3_600);
        let file = File::options().write(true).open(store.path(&old).unwrap()).unwrap();
        let now = file.metadata().unwrap().modified().unwrap();
        file.set_modified(now - 2 * hour).unwrap();
        store.forget_older_than(hour).unwrap();
        assert!(!store.path(&old).unwrap().exists());
        assert!(store.path(&new).unwrap().exists());
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
        let error = MediaStore::new(root.clone(), 0).put(b"x", "png").unwrap_err();
        assert!(error.is_transient(), "{error}");
        fs::remove_file(&root).unwrap();
    }
}
