//! What is proposed: from options, from the editor, and from a draft.

use std::path::Path;

use allot_ledger::entry::{Kind, Size};
use allot_proto::agent::{self, GetResolutionResponse};
use tempfile::NamedTempFile;

use crate::{
    args::proposal::{KindArgs, ProposalArgs, SizeName},
    context::Context,
    editor,
    error::CliError,
    kind, limits,
    prompt::{self, unreadable},
};

/// What a resolution says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Topic.
    pub title: String,
    /// How much it touches.
    pub size: Size,
    /// What it does once passed.
    pub kind: Kind,
    /// Markdown.
    pub text: String,
}

/// A proposal, and the file that its text was edited in.
#[derive(Debug)]
pub struct Written {
    /// What it says.
    pub proposal: Proposal,
    file: Option<NamedTempFile>,
}

impl From<Proposal> for Written {
    fn from(proposal: Proposal) -> Self {
        Self {
            proposal,
            file: None,
        }
    }
}

impl Written {
    /// Hands `result` on; when it is an error, an edited text is kept and the person told where.
    ///
    /// # Errors
    /// Those of `result`.
    pub fn end<T>(self, ctx: &Context, result: Result<T, CliError>) -> Result<T, CliError> {
        if let (Err(_), Some(file)) = (&result, self.file) {
            keep(ctx, file);
        }
        result
    }
}

fn keep(ctx: &Context, file: NamedTempFile) {
    match file.keep() {
        Ok((_, path)) => ctx.out.say(&format!(
            "your text is kept in {0}; give it with `--text {0}`\n",
            path.display()
        )),
        Err(error) => ctx
            .out
            .say(&format!("your text could not be kept: {}\n", error.error)),
    }
}

impl Proposal {
    /// As it is sent.
    ///
    /// # Errors
    /// `AL-7009` should the kind have no JSON form.
    pub fn message(&self) -> Result<agent::Proposal, CliError> {
        let kind_json = serde_json::to_string(&self.kind).map_err(|error| CliError::Output {
            what: "the kind as JSON".into(),
            source: error.into(),
        })?;
        Ok(agent::Proposal {
            title: self.title.clone(),
            size: size_name(self.size).to_owned(),
            kind_json,
            text: self.text.clone(),
        })
    }

    /// What a resolution of the log says.
    ///
    /// # Errors
    /// `AL-7006` when its text is not here, `AL-6004` when the answer lacks a part.
    pub fn of(answer: GetResolutionResponse) -> Result<Self, CliError> {
        let missing = |what| CliError::Incomplete { what };
        let resolution = answer.resolution.ok_or(missing("resolution"))?;
        if answer.text.is_empty() && !answer.text_note.is_empty() {
            let what = format!("the text of resolution {:03}", resolution.number);
            return Err(unreadable(&what, answer.text_note));
        }
        let kind = match (answer.kind_json.as_str(), resolution.kind.as_str()) {
            ("", "text") => Kind::Text,
            (json, _) => kind::parse(json).map_err(|_| missing("kind that this allot knows"))?,
        };
        Ok(Self {
            title: resolution.title,
            size: size_of(&resolution.size).ok_or(missing("size"))?,
            kind,
            text: answer.text,
        })
    }
}

/// Puts a new proposal together, asking for what is missing.
///
/// # Errors
/// `AL-7002` for what is missing and cannot be asked for, and those of reading and editing the text.
pub fn write(ctx: &Context, args: ProposalArgs, kind: KindArgs) -> Result<Written, CliError> {
    let kind = kind::of(kind)?.unwrap_or(Kind::Text);
    let title = match args.title {
        Some(title) => title,
        None if ctx.can_ask() => prompt::ask("Title", "")?,
        None => return Err(missing("--title", "--title 'Adopt a second forge'")),
    };
    let size = match (args.size, &kind) {
        (Some(size), _) => size.into(),
        (None, Kind::Text) => ask_size(ctx)?,
        (None, kind) => kind.smallest(),
    };
    let (text, file) = match args.text {
        Some(path) => (read(&path)?, None),
        None => edited(ctx, &template(&kind))?,
    };
    let proposal = Proposal {
        title,
        size,
        kind,
        text,
    };
    Ok(Written { proposal, file })
}

/// Puts a draft together anew; what is not given stays, and with nothing given the text is edited.
///
/// # Errors
/// As [`write()`].
pub fn rewrite(
    ctx: &Context,
    before: Proposal,
    args: ProposalArgs,
    kind: KindArgs,
) -> Result<Written, CliError> {
    let kind = kind::of(kind)?;
    let untouched = kind.is_none() && args.title.is_none() && args.size.is_none();
    let (text, file) = match args.text {
        Some(path) => (read(&path)?, None),
        None if untouched => edited(ctx, &before.text)?,
        None => (before.text, None),
    };
    let grown = kind
        .as_ref()
        .map_or(before.size, |k| k.smallest().max(before.size));
    let proposal = Proposal {
        title: args.title.unwrap_or(before.title),
        size: args.size.map_or(grown, Size::from),
        kind: kind.unwrap_or(before.kind),
        text,
    };
    Ok(Written { proposal, file })
}

/// The size as the log names it.
#[must_use]
pub fn size_name(size: Size) -> &'static str {
    match size {
        Size::Small => "small",
        Size::Medium => "medium",
        Size::Large => "large",
    }
}

fn size_of(name: &str) -> Option<Size> {
    [Size::Small, Size::Medium, Size::Large]
        .into_iter()
        .find(|size| size_name(*size) == name)
}

fn ask_size(ctx: &Context) -> Result<Size, CliError> {
    if !ctx.can_ask() {
        return Err(missing("--size", "--size medium"));
    }
    loop {
        let answer = prompt::ask("Size (small, medium or large; see --help)", "")?;
        let name = <SizeName as clap::ValueEnum>::from_str(answer.trim(), true);
        if let Ok(size) = name {
            return Ok(size.into());
        }
    }
}

/// What the editor opens with; it is taken out of what it leaves.
const HINT: &str = "<!-- The text of the resolution, Markdown. This line is taken out; an empty text gives up. -->\n\n";

fn template(kind: &Kind) -> String {
    let budget = match kind {
        Kind::OpenBudget { .. } => "\n## Budget\n",
        _ => "",
    };
    format!("## Summary\n\n## Details\n{budget}")
}

fn edited(ctx: &Context, before: &str) -> Result<(String, Option<NamedTempFile>), CliError> {
    if !ctx.can_ask() {
        return Err(missing("--text FILE", "--text forge.md"));
    }
    let edited = editor::edit(
        &format!("{HINT}{before}"),
        ".md",
        "--text FILE",
        limits::MAX_TEXT + HINT.len(),
    )?;
    let text = without_hint(&edited.text).to_owned();
    if text.trim().is_empty() || text == before {
        return Err(unreadable(
            "the text of the resolution",
            "nothing was written",
        ));
    }
    Ok((text, Some(edited.file)))
}

/// Reads a text; one that was kept from the editor still has the hint.
fn read(path: &Path) -> Result<String, CliError> {
    let text = prompt::read_text(path, limits::MAX_TEXT + HINT.len())?;
    Ok(without_hint(&text).to_owned())
}

fn without_hint(text: &str) -> &str {
    text.strip_prefix(HINT).unwrap_or(text)
}

fn missing(argument: &'static str, example: &str) -> CliError {
    CliError::MissingArgument {
        argument,
        example: format!("allot resolution propose … {example}"),
    }
}
