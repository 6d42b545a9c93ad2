//! The data directory: one runner at a time.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use anyhow::{Context as _, Result, bail};

/// Makes the directory if need be and takes it for this process, as long as the file lives.
pub fn take(dir: &Path) -> Result<File> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make the data directory {}", dir.display()))?;
    let path = dir.join("lock");
    let lock =
        File::create(&path).with_context(|| format!("cannot write to the data directory: {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "the data directory {} is in use by another runner; stop it, or choose another with --data-dir",
                dir.display()
            )
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}
