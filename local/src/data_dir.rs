//! Lock on the data directory, so that only one runner uses it at a time.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use anyhow::{Context as _, Result, bail};

/// Creates the directory if it is missing and locks it. The lock lasts until the returned file is dropped.
pub fn take(dir: &Path) -> Result<File> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the data directory {}", dir.display()))?;
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
