//! Ending a blocking fetch from outside.

use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The brake of one fetch: a flag that gix looks at between reads, and the sockets that have to be closed for a read that
/// hangs. Requests over http end by their own timeout, ssh by being killed; both get the time that is left from here.
pub(super) struct Interrupt {
    flag: Arc<AtomicBool>,
    sockets: Mutex<Vec<TcpStream>>,
    deadline: Instant,
    /// The mirror that is being written.
    writing: Mutex<Option<PathBuf>>,
}

impl Interrupt {
    pub fn new(timeout: Duration) -> Self {
        Self {
            flag: Arc::default(),
            sockets: Mutex::new(Vec::new()),
            deadline: Instant::now() + timeout,
            writing: Mutex::default(),
        }
    }

    /// The flag that gix looks at.
    pub fn flag(&self) -> &Arc<AtomicBool> {
        &self.flag
    }

    /// Whether the fetch was told to end.
    pub fn is_fired(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Whether the time is up.
    pub fn is_late(&self) -> bool {
        self.deadline <= Instant::now()
    }

    /// The time that is left, never zero, for some callees take zero for "for ever".
    pub fn remaining(&self) -> Duration {
        self.deadline
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1))
    }

    /// Says which mirror is being written.
    pub fn writes(&self, folder: &Path) {
        *self.writing.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.to_owned());
    }

    /// The mirror that is being written.
    pub fn writing(&self) -> Option<PathBuf> {
        self.writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Has a socket closed when the fetch must end.
    pub fn watch(&self, socket: TcpStream) {
        if self.is_fired() {
            let _ = socket.shutdown(Shutdown::Both);
        }
        self.sockets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(socket);
    }

    /// Ends the fetch.
    pub fn fire(&self) {
        self.flag.store(true, Ordering::Relaxed);
        for socket in self
            .sockets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            // A socket that is closed already is what is wanted.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}
