//! The agent's unix socket: made so that nobody but its owner and its group ever reaches it.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use tokio::net::UnixListener;

use crate::{config::SocketConfig, server::ServeError};

/// Who may connect: the owner and the group.
const MODE: u32 = 0o660;

/// A socket in its place. Dropping it takes its name away, unless another agent has taken that over.
#[derive(Debug)]
pub struct Socket {
    path: PathBuf,
    /// Device and inode.
    own: (u64, u64),
}

impl Drop for Socket {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|now| now == self.own) {
            // Nobody can connect any more; a name that stays is replaced by the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes the socket. It is bound in a folder that only we may enter and gets its group and mode there, so there is no
/// moment in which somebody else could connect; then it takes its place, and the place of a dead agent's socket.
///
/// # Errors
/// Another agent answers there, there is no such group, or the folder cannot be written.
pub fn listen(config: &SocketConfig) -> Result<(UnixListener, Socket), ServeError> {
    let path = &config.path;
    let failed = |what| {
        move |source| ServeError::Socket {
            what,
            path: path.clone(),
            source,
        }
    };
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(ServeError::Taken { path: path.clone() });
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(failed("make the directory of"))?;
    if path.is_dir() {
        let source = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(failed("replace")(source));
    }
    // `tempfile` makes folders of mode 0700. Short names: the system takes 107 bytes for the path of a socket.
    let private = tempfile::Builder::new()
        .prefix(".")
        .rand_bytes(4)
        .tempdir_in(folder)
        .map_err(failed("make a place for"))?;
    let unseen = private.path().join("s");
    let listener = UnixListener::bind(&unseen).map_err(failed("listen on"))?;
    if let Some(name) = &config.group {
        let group = nix::unistd::Group::from_name(name).ok().flatten();
        let group = group.ok_or_else(|| ServeError::NoGroup { name: name.clone() })?;
        std::os::unix::fs::chown(&unseen, None, Some(group.gid.as_raw()))
            .map_err(failed("give a group to"))?;
    }
    fs::set_permissions(&unseen, fs::Permissions::from_mode(MODE))
        .map_err(failed("set the mode of"))?;
    let own = identity(&unseen).map_err(failed("look at"))?;
    fs::rename(&unseen, path).map_err(failed("put in place"))?;
    let path = path.clone();
    Ok((listener, Socket { path, own }))
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}
