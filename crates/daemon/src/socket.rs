//! A daemon's unix socket: made so that nobody but its owner and its group ever reaches it.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use tokio::net::UnixListener;

/// Who may connect: the owner and the group.
const MODE: u32 = 0o660;

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The socket cannot be made.
    #[error("cannot {what} the socket {}", path.display())]
    Failed {
        /// What was being done.
        what: &'static str,
        /// Which socket.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Another daemon answers there.
    #[error("another process answers at {}", path.display())]
    Taken {
        /// Which socket.
        path: PathBuf,
    },
    /// There is no such group.
    #[error("there is no unix group named {name}")]
    NoGroup {
        /// Its name.
        name: String,
    },
}

impl SocketError {
    /// The stable code, with a page in `docs/errors/`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "AL-6030",
            Self::Taken { .. } => "AL-6031",
            Self::NoGroup { .. } => "AL-6032",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Failed { .. } => {
                "check the directory's owner, or choose another socket".to_owned()
            }
            Self::Taken { .. } => {
                "stop the other process first, or choose another socket".to_owned()
            }
            Self::NoGroup { name } => {
                format!("make it with `groupadd {name}`, or change the group in the configuration")
            }
        })
    }
}

/// A socket in its place. Dropping it takes its name away, unless another daemon has taken that over.
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
/// moment in which somebody else could connect; then it takes its place, and the place of a dead daemon's socket.
///
/// # Errors
/// Another process answers there, there is no such group, or the folder cannot be written.
pub fn listen(path: &Path, group: Option<&str>) -> Result<(UnixListener, Socket), SocketError> {
    let failed = |what| {
        move |source| SocketError::Failed {
            what,
            path: path.to_owned(),
            source,
        }
    };
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(SocketError::Taken {
            path: path.to_owned(),
        });
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
    if let Some(name) = group {
        let group = nix::unistd::Group::from_name(name).ok().flatten();
        let group = group.ok_or_else(|| SocketError::NoGroup {
            name: name.to_owned(),
        })?;
        std::os::unix::fs::chown(&unseen, None, Some(group.gid.as_raw()))
            .map_err(failed("give a group to"))?;
    }
    fs::set_permissions(&unseen, fs::Permissions::from_mode(MODE))
        .map_err(failed("set the mode of"))?;
    let own = identity(&unseen).map_err(failed("look at"))?;
    fs::rename(&unseen, path).map_err(failed("put in place"))?;
    let path = path.to_owned();
    Ok((listener, Socket { path, own }))
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.dev(), found.ino()))
}
