//! Running `git`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::error::GitError;
use crate::limits::GIT_LINES;

/// `git` in one folder.
#[derive(Debug, Clone)]
pub struct Git {
    folder: PathBuf,
    questions: bool,
}

impl Git {
    /// `git` in a folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            questions: true,
        }
    }

    /// Never asks for a password or the like, on whatever terminal: it fails instead.
    pub(super) fn silence(&mut self) {
        self.questions = false;
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.folder).args(args);
        // A hook that runs us has set these for its own repository, which need not be this one.
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            command.env_remove(name);
        }
        // What is read back has to be in one language. People read what it says too, but rarely.
        command.env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null());
        if !self.questions {
            command.env("GIT_TERMINAL_PROMPT", "0");
        }
        command
    }

    /// Runs it for what it prints, without taking locks that somebody's editor may want.
    ///
    /// # Errors
    /// `AL-9402`.
    pub fn read(&self, what: &'static str, args: &[&str]) -> Result<String, GitError> {
        let bytes = self.read_bytes(what, args)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// [`Git::read`], as bytes.
    ///
    /// # Errors
    /// `AL-9402`.
    pub fn read_bytes(&self, what: &'static str, args: &[&str]) -> Result<Vec<u8>, GitError> {
        let mut command = self.command(args);
        command.env("GIT_OPTIONAL_LOCKS", "0");
        Ok(done(what, command.output().map_err(GitError::NoGit)?)?.stdout)
    }

    /// Runs it for what it prints when it may say no: `None` when it does.
    ///
    /// # Errors
    /// `AL-9402` when there is no git.
    pub fn ask(&self, args: &[&str]) -> Result<Option<String>, GitError> {
        let output = self.command(args).output().map_err(GitError::NoGit)?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(output.status.success().then(|| text.trim().to_owned()))
    }

    /// Runs it for what it does.
    ///
    /// # Errors
    /// `AL-9402`.
    pub fn act(&self, what: &'static str, args: &[&str]) -> Result<(), GitError> {
        done(what, self.command(args).output().map_err(GitError::NoGit)?).map(drop)
    }

    /// Runs it with a text on its standard input, for what it prints.
    ///
    /// # Errors
    /// `AL-9402`.
    pub fn feed(
        &self,
        what: &'static str,
        args: &[&str],
        text: Vec<u8>,
    ) -> Result<Vec<u8>, GitError> {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(GitError::NoGit)?;
        let stdin = child.stdin.take();
        // It prints while it still reads: somebody has to do each.
        let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&text)));
        let output = child.wait_with_output().map_err(GitError::NoGit)?;
        // When it did not read to its end it has failed, and says why itself.
        drop(writer.join());
        Ok(done(what, output)?.stdout)
    }
}

fn done(what: &'static str, output: Output) -> Result<Output, GitError> {
    if output.status.success() {
        return Ok(output);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    let last = lines.get(lines.len().saturating_sub(GIT_LINES)..);
    let said = match last.unwrap_or_default() {
        [] => output.status.to_string(),
        lines => lines.join("; "),
    };
    Err(GitError::Failed { what, said })
}
