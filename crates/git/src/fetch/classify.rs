//! From what gix and the system say to an error that tells a person what to do.

use std::error::Error;
use std::io;

use super::super::interrupt::Interrupt;
use super::super::location::Location;
use super::super::mirror;
use super::super::{GitError, MirrorOptions};

/// One fetch.
pub(in super::super) struct Job<'a> {
    pub location: &'a Location,
    pub options: &'a MirrorOptions,
    pub interrupt: &'a Interrupt,
}

/// What went wrong in a fetch, before it is explained.
#[derive(Debug)]
pub(in super::super) enum Trouble {
    /// The repository has no branch and no tag.
    Empty,
    /// The repository, or an object of it, is larger than this.
    TooLarge(u64),
    /// The repository's host sends elsewhere: to another host, or round and round.
    Elsewhere(String),
    /// The mirror, not the repository, could not be read.
    Mirror(gix::Error),
    /// gix failed.
    Git(gix::Error),
    /// The system failed.
    Io(io::Error),
}

impl From<gix::Error> for Trouble {
    fn from(error: gix::Error) -> Self {
        Self::Git(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Trouble {
    /// Whether the mirror itself may be at fault. An object that is not found may also be the repository's; making the
    /// mirror anew then fails in the same way and costs one more request.
    pub fn may_be_damage(&self) -> bool {
        match self {
            Self::Mirror(_) => true,
            Self::Git(error) => error.is_corrupted() || error.is_not_found(),
            _ => false,
        }
    }

    /// Whether the host may have sent elsewhere, which is not followed unseen. That comes as an answer that cannot be read.
    pub fn may_be_redirect(&self) -> bool {
        let may = |error: &gix::Error| !error.is_resource_exhausted();
        matches!(self, Self::Git(error) if may(error)) && !self.is_disk_full() && !self.is_timeout()
    }

    /// Every error in the chain, those inside of I/O errors included.
    fn chain(&self) -> Vec<&(dyn Error + 'static)> {
        let mut chain: Vec<&(dyn Error + 'static)> = Vec::new();
        let mut open: Vec<&(dyn Error + 'static)> = match self {
            Self::Empty | Self::TooLarge(_) | Self::Elsewhere(_) => Vec::new(),
            Self::Git(error) | Self::Mirror(error) => error.iter_errors().collect(),
            Self::Io(error) => vec![error],
        };
        while let Some(error) = open.pop() {
            // Chains are short; the bound is for one that goes in circles.
            if chain.len() > 200 {
                break;
            }
            chain.push(error);
            open.extend(error.source());
            if let Some(inner) = error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::get_ref)
            {
                open.push(inner);
            }
        }
        chain
    }

    fn has_io(&self, kinds: &[io::ErrorKind]) -> bool {
        self.chain()
            .iter()
            .filter_map(|e| e.downcast_ref::<io::Error>())
            .any(|e| kinds.contains(&e.kind()))
    }

    fn is_disk_full(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        self.has_io(&[StorageFull, QuotaExceeded, FileTooLarge])
    }

    fn is_timeout(&self) -> bool {
        let http = |e: &&(dyn Error + 'static)| {
            e.downcast_ref::<reqwest::Error>()
                .is_some_and(reqwest::Error::is_timeout)
        };
        self.has_io(&[io::ErrorKind::TimedOut, io::ErrorKind::WouldBlock])
            || self.chain().iter().any(http)
    }

    fn wants_credentials(&self) -> bool {
        let asked = |e: &&(dyn Error + 'static)| {
            e.is::<gix::protocol::transport::client::AuthenticationRequired>()
        };
        matches!(self, Self::Git(error) if error.is_unauthenticated() || error.is_permission_denied())
            || self.chain().iter().any(asked)
    }

    fn into_source(self) -> Box<dyn Error + Send + Sync> {
        match self {
            Self::Empty | Self::TooLarge(_) => "the repository is empty or too large".into(),
            Self::Elsewhere(to) => to.into(),
            Self::Git(error) | Self::Mirror(error) => error.into(),
            Self::Io(error) => error.into(),
        }
    }
}

impl Job<'_> {
    /// Explains what went wrong.
    pub fn explain(&self, trouble: Trouble) -> GitError {
        let url = self.location.shown.clone();
        match trouble {
            Trouble::Empty => return GitError::Empty { url },
            Trouble::TooLarge(limit) => return GitError::TooLarge { url, limit },
            Trouble::Elsewhere(to) => return GitError::Elsewhere { url, to },
            _ => {}
        }
        if trouble.is_disk_full() {
            return GitError::DiskFull {
                url,
                folder: self.options.root.clone(),
            };
        }
        if matches!(&trouble, Trouble::Git(error) if error.is_resource_exhausted()) {
            return GitError::TooLarge {
                url,
                limit: mirror::LARGEST_OBJECT,
            };
        }
        if self.interrupt.is_late() || trouble.is_timeout() {
            return GitError::Timeout {
                url,
                seconds: self.options.fetch_timeout.as_secs_f64(),
            };
        }
        if trouble.wants_credentials() {
            return GitError::Credentials { url };
        }
        match trouble {
            Trouble::Io(source) => GitError::Folder {
                folder: self.options.root.clone(),
                source,
            },
            other => GitError::Unreachable {
                url,
                source: other.into_source(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(trouble: Trouble) -> GitError {
        let location = Location::parse("https://h.org/r").expect("a URL");
        let options = MirrorOptions::new("/var/lib/allot/mirrors");
        let interrupt = Interrupt::new(options.fetch_timeout);
        Job {
            location: &location,
            options: &options,
            interrupt: &interrupt,
        }
        .explain(trouble)
    }

    #[test]
    fn a_full_disk_is_found_however_deep_it_is_told() {
        let full = io::Error::from_raw_os_error(28);
        assert_eq!(explain(Trouble::Io(full)).code(), "AL-1508");
        let nested = io::Error::other(io::Error::from(io::ErrorKind::StorageFull));
        let error = explain(Trouble::Git(gix::Error::from_error(nested)));
        assert_eq!(error.code(), "AL-1508");
        assert!(
            error
                .help()
                .expect("a remedy")
                .contains("/var/lib/allot/mirrors")
        );
    }

    #[test]
    fn other_troubles_of_the_system_name_the_folder() {
        assert_eq!(
            explain(Trouble::Io(io::ErrorKind::ReadOnlyFilesystem.into())).code(),
            "AL-1512"
        );
    }
}
