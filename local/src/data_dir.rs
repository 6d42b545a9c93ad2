//! The data directory: only one runner uses it at a time, and only its owner reads it.

use std::{
    fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

/// Creates the directory if it is missing and locks it. The lock lasts until the returned file is dropped. A directory
/// that is there already keeps its permissions, because other files may lie in it.
pub fn take(dir: &Path) -> Result<File> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.with_context(|| format!("cannot make the data directory {}", dir.display()))?;
    let path = dir.join("lock");
    let lock =
        File::create(&path).with_context(|| format!("cannot write to the data directory: {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "the data directory {} is in use by another runner. Stop that runner, or use another --data-dir",
                dir.display()
            )
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// Creates the file `name` if it is missing, and lets only its owner read and write it. SQLite gives the files beside its
/// database the same permissions.
pub fn private_file(dir: &Path, name: &str) -> Result<PathBuf> {
    let path = dir.join(name);
    let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
    let kept_private = opened.and_then(|file| file.set_permissions(Permissions::from_mode(0o600)));
    kept_private.with_context(|| format!("cannot write to the data directory: {}", path.display()))?;
    Ok(path)
}
