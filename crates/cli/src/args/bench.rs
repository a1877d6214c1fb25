//! The verbs of the maintainer's bench: `allot recipe new|diff|upgrade|sync|release`.

use std::path::PathBuf;

use clap::Args;

/// Where the recipe is.
#[derive(Debug, Clone, Args)]
pub struct CloneArgs {
    /// The recipe's clone
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub dir: PathBuf,
}

/// How far the next version is.
#[derive(Debug, Clone, Copy, Default, Args)]
#[group(multiple = false)]
pub struct BumpArgs {
    /// The first number: operators have to do something
    #[arg(short = 'x', long)]
    pub major: bool,
    /// The second number: something is new
    #[arg(short = 'y', long)]
    pub minor: bool,
    /// The third number: something was mended
    #[arg(short = 'z', long)]
    pub patch: bool,
}

/// `allot recipe new`
#[derive(Debug, Args)]
#[command(after_help = "\
Makes a folder with a recipe that deploys as it is, as a git repository with one commit. With
--git-name and --git-email the two are also named in the README as the recipe's maintainer, who by
Resolution 025 has to be a name that can be reached.

Examples:
  allot recipe new our-wiki
  allot recipe new our-wiki --image ghcr.io/our/wiki:2.1.0 --port 3000
  allot recipe new our-wiki --git-name merri-bek --git-email tech@merri-bek.example")]
pub struct NewArgs {
    /// The recipe's name: small letters, digits, `-`, `_` and `.`
    pub name: String,
    /// The folder [default: the name]
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
    /// The image of the service `app`, with a tag [default: nginx:1.28.0-alpine]
    #[arg(long, value_name = "IMAGE:TAG")]
    pub image: Option<String>,
    /// The port on which that image serves [default: 80]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Who makes the commits in this repository [default: who git thinks you are]
    #[arg(short = 'N', long, value_name = "NAME")]
    pub git_name: Option<String>,
    /// The address of who makes them
    #[arg(short = 'e', long, value_name = "ADDRESS")]
    pub git_email: Option<String>,
}

/// `allot recipe diff`
#[derive(Debug, Args)]
#[command(after_help = "\
What an operator must know on the way from one to the other: services, images, variables, secrets,
configs, volumes, release notes. `git diff` shows the lines.

Examples:
  allot recipe diff
  allot recipe diff 1.0.0+1.27.0
  allot recipe diff 1.0.0+1.27.0 2.0.0+1.28.0 --output json")]
pub struct DiffArgs {
    /// The old version [default: the newest one]
    pub old: Option<String>,
    /// The new version [default: the work tree]
    pub new: Option<String>,
    /// Where the recipe is.
    #[command(flatten)]
    pub clone: CloneArgs,
}

/// `allot recipe upgrade`
#[derive(Debug, Args)]
#[command(after_help = "\
Takes for each image the newest tag of the same kind: as many numbers, the same words around them
(1.25-alpine becomes 1.27-alpine, never 1.27 or 1.27-rc1-alpine). An image that is pinned to a
digest gets the digest of its new tag. Only the tag is replaced: every other byte of the compose
files stays. A file `versions` holds images back: `pin db postgres:16`.

Registries are asked with what `docker login` left on this machine. One that fails stops no other
image; the exit code is 1 then.

Examples:
  allot recipe upgrade
  allot recipe upgrade --minor --yes
  allot recipe upgrade --service db --dry-run
  allot recipe upgrade --set app=2.1.0 --all-tags")]
pub struct UpgradeArgs {
    /// How far to go at most; anything when none is said.
    #[command(flatten)]
    pub most: BumpArgs,
    /// Only this service, may be repeated
    #[arg(long = "service", value_name = "SERVICE")]
    pub services: Vec<String>,
    /// Take this tag for a service, may be repeated
    #[arg(long, value_name = "SERVICE=TAG", value_parser = pair)]
    pub set: Vec<(String, String)>,
    /// List every tag that there is
    #[arg(short, long)]
    pub all_tags: bool,
    /// Only show what would change
    #[arg(short = 'r', long)]
    pub dry_run: bool,
    /// Write it without asking
    #[arg(long)]
    pub yes: bool,
    /// Where the recipe is.
    #[command(flatten)]
    pub clone: CloneArgs,
}

/// `allot recipe sync`
#[derive(Debug, Args)]
#[command(after_help = "\
The next version is the newest tag's, one step further, with the tag of the app's image behind the
plus. Only the label is written; nothing is committed.

Examples:
  allot recipe sync --minor
  allot recipe sync 1.0.0
  allot recipe sync --patch --dry-run")]
pub struct SyncArgs {
    /// The version; what follows the plus may be left out
    #[arg(conflicts_with_all = ["major", "minor", "patch"])]
    pub version: Option<String>,
    /// How far the next version is.
    #[command(flatten)]
    pub bump: BumpArgs,
    /// Only show what would change
    #[arg(short = 'r', long)]
    pub dry_run: bool,
    /// Write it without asking
    #[arg(long)]
    pub yes: bool,
    /// Where the recipe is.
    #[command(flatten)]
    pub clone: CloneArgs,
}

/// `allot recipe release`
#[derive(Debug, Args)]
#[command(after_help = "\
Takes the version that the label says (see `recipe sync`), or the one that is named. The steps are:
the label, the notes (`release/next`, a file, or your editor), a commit, an annotated tag, and with
--publish a push of both with your own git. What upgrade and sync changed is committed with it;
other changes have to be committed before. When a step fails, the same command goes on from there.

Examples:
  allot recipe release
  allot recipe release --patch --publish
  allot recipe release --publish --propose --report report.json
  allot recipe release 2.0.0 --notes notes.txt --dry-run")]
pub struct ReleaseArgs {
    /// The version; what follows the plus may be left out [default: what the label says]
    #[arg(conflicts_with_all = ["major", "minor", "patch"])]
    pub version: Option<String>,
    /// How far the next version is.
    #[command(flatten)]
    pub bump: BumpArgs,
    /// File with the notes, `-` for standard input [default: release/next, else your editor]
    #[arg(long, value_name = "FILE", conflicts_with = "no_notes")]
    pub notes: Option<PathBuf>,
    /// Go without notes; a major version never does
    #[arg(long)]
    pub no_notes: bool,
    /// Release whatever the linter says
    #[arg(long)]
    pub no_lint: bool,
    /// Push branch and tag
    #[arg(short, long)]
    pub publish: bool,
    /// Then have the agent ask the federation to publish it, as `recipe publish` does
    #[arg(long, requires = "publish")]
    pub propose: bool,
    /// It mends a security problem: published at once, reviewed afterwards
    #[arg(long, requires = "propose")]
    pub security: bool,
    /// What `allot recipe test --output json` printed, for reviewers
    #[arg(long, value_name = "FILE", requires = "propose")]
    pub report: Option<PathBuf>,
    /// Only show what would be done
    #[arg(short = 'r', long)]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(long)]
    pub yes: bool,
    /// Where the recipe is.
    #[command(flatten)]
    pub clone: CloneArgs,
}

/// `SERVICE=TAG`
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((service, tag)) if !service.is_empty() && !tag.is_empty() => {
            Ok((service.to_owned(), tag.to_owned()))
        }
        _ => Err("write it as SERVICE=TAG".to_owned()),
    }
}
