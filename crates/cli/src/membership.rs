//! The federation's table of members, held against its log.
//!
//! A table cannot make anybody a member: founders and passed resolutions do. So what it says is compared, and what differs
//! is told with what would change it.

use allot_ledger::markdown::members::{Flag, Row, Table};
use allot_proto::agent::Member;
use serde::Serialize;

/// What a column between name and contact says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// A tick is for dues that are paid
    Dues,
    /// A tick is for dues that are waived
    Solidarity,
    /// Nothing that the log knows
    Ignore,
}

/// A column, by its name or its number, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnIs {
    /// As the header has it, or the number from 1.
    pub name: String,
    /// What it says.
    pub meaning: Meaning,
}

/// Reads `NAME=MEANING`.
///
/// # Errors
/// It has no `=`, or says something else.
pub fn column_is(text: &str) -> Result<ColumnIs, String> {
    let (name, meaning) = text
        .rsplit_once('=')
        .ok_or("write it as NAME=MEANING, such as `Paid=dues`")?;
    let meaning = <Meaning as clap::ValueEnum>::from_str(meaning.trim(), true)
        .map_err(|_| "a column means `dues`, `solidarity` or `ignore`")?;
    let name = name.trim().to_owned();
    Ok(ColumnIs { name, meaning })
}

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What the header calls it, or its number.
    pub name: String,
    /// What it says; nobody said so when absent.
    pub meaning: Option<Meaning>,
}

/// A row of the table, or a member that has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What the table calls it; empty when it is not in the table.
    pub name: String,
    /// What the log calls it; empty when it does not know it.
    pub collective: String,
    /// Where it stands with the federation; empty when the log does not know it.
    pub status: String,
    /// Whether it is a member.
    pub is_member: bool,
    /// What the two say differently, or what would make it a member.
    pub notes: Vec<String>,
}

/// What table and log say about each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The columns between name and contact.
    pub columns: Vec<Column>,
    /// The rows of the table, and then the members that have none.
    pub members: Vec<Compared>,
    /// How many rows are members.
    pub here: usize,
    /// How many rows are not.
    pub missing: usize,
    /// Members that the table does not have.
    pub not_in_table: usize,
    /// Whom to ask at the own collective, as the table says.
    pub own_contact: Option<String>,
    /// What was odd in the file.
    pub warnings: Vec<String>,
}

/// Holds a table against the members that the log knows, also those that are none any more.
///
/// # Errors
/// A column that was named is not there.
pub fn compare(
    table: &Table,
    named: &[ColumnIs],
    known: &[Member],
    own: &str,
) -> Result<Comparison, String> {
    let columns = columns(table, named)?;
    let mut comparison = Comparison {
        warnings: table.warnings.clone(),
        ..Comparison::default()
    };
    let mut taken: Vec<&str> = Vec::new();
    for row in &table.rows {
        let found = find(row, known).filter(|member| !taken.contains(&member.slug.as_str()));
        let compared = match found {
            Some(member) => {
                taken.push(&member.slug);
                if member.slug == own {
                    comparison.own_contact.clone_from(&row.contact);
                }
                with(row, member, &columns)
            }
            None => without(row),
        };
        comparison.here += usize::from(compared.is_member);
        comparison.missing += usize::from(!compared.is_member);
        comparison.members.push(compared);
    }
    let others = known
        .iter()
        .filter(|m| is_member(m) && !taken.contains(&m.slug.as_str()));
    for member in others {
        comparison.not_in_table += 1;
        comparison.members.push(Compared {
            name: String::new(),
            collective: member.slug.clone(),
            status: member.status.clone(),
            is_member: true,
            notes: vec!["is not in the table".to_owned()],
        });
    }
    comparison.columns = columns;
    Ok(comparison)
}

/// The columns of flags, with what is known of them.
fn columns(table: &Table, named: &[ColumnIs]) -> Result<Vec<Column>, String> {
    let most = table
        .rows
        .iter()
        .map(|row| row.flags.len())
        .max()
        .unwrap_or(0);
    let headed = table.columns.len().saturating_sub(2);
    let mut columns: Vec<Column> = (0..most.max(headed))
        .map(|at| {
            let header = table.columns.get(at + 1).filter(|_| at < headed);
            let name = header.filter(|name| !name.trim().is_empty()).cloned();
            Column {
                meaning: name.as_deref().and_then(usual),
                name: name.unwrap_or_else(|| (at + 2).to_string()),
            }
        })
        .collect();
    for is in named {
        let by_number = is.name.parse::<usize>().ok().and_then(|n| n.checked_sub(2));
        let by_name = columns
            .iter()
            .position(|c| c.name.eq_ignore_ascii_case(&is.name));
        match by_name.or(by_number).and_then(|at| columns.get_mut(at)) {
            Some(column) => column.meaning = Some(is.meaning),
            None => {
                return Err(format!(
                    "the table has no column `{}` between name and contact",
                    is.name
                ));
            }
        }
    }
    Ok(columns)
}

/// What our own export calls them, and what is like it.
fn usual(name: &str) -> Option<Meaning> {
    match name.trim().to_lowercase().as_str() {
        "dues" | "dues paid" => Some(Meaning::Dues),
        "solidarity" | "waiver" | "waived" | "dues waived" => Some(Meaning::Solidarity),
        _ => None,
    }
}

fn is_member(member: &Member) -> bool {
    matches!(member.status.as_str(), "member" | "suspended")
}

/// Who is meant: by web site, then by name, then by short name.
fn find<'m>(row: &Row, known: &'m [Member]) -> Option<&'m Member> {
    let host = row.website.as_deref().and_then(host);
    let slug = slug(&row.name);
    let by_host = known
        .iter()
        .find(|m| host.is_some() && self::host(&m.website) == host);
    by_host
        .or_else(|| known.iter().find(|m| folded(&m.name) == folded(&row.name)))
        .or_else(|| known.iter().find(|m| m.slug == slug))
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// `mirnet.org` of `https://www.mirnet.org/about`.
fn host(website: &str) -> Option<String> {
    let website = website.trim().to_lowercase();
    let rest = website
        .split_once("://")
        .map_or(website.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    (!host.is_empty()).then(|| host.to_owned())
}

/// How a short name would be made of a name.
fn slug(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    let parts: Vec<String> = parts
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    parts.join("-")
}

fn with(row: &Row, member: &Member, columns: &[Column]) -> Compared {
    let mut notes = Vec::new();
    if is_member(member) {
        if folded(&member.name) != folded(&row.name) {
            notes.push(format!("calls itself {}", member.name));
        }
        notes.extend(site(row, member));
        let flags = row.flags.iter().zip(columns);
        notes.extend(flags.filter_map(|(flag, column)| standing(flag, column.meaning?, member)));
    } else {
        notes.push(how_in(&member.status).to_owned());
    }
    Compared {
        name: row.name.clone(),
        collective: member.slug.clone(),
        status: member.status.clone(),
        is_member: is_member(member),
        notes,
    }
}

fn site(row: &Row, member: &Member) -> Option<String> {
    let (there, here) = (row.website.as_deref().and_then(host), host(&member.website));
    match (there, here) {
        (there, here) if there == here => None,
        (Some(_), None) => Some("has no web site in the log".to_owned()),
        (_, Some(_)) => Some(format!("has the web site {} in the log", member.website)),
        (None, None) => None,
    }
}

/// What a tick, or none, says otherwise than the log.
fn standing(flag: &Flag, meaning: Meaning, member: &Member) -> Option<String> {
    let (word, held) = match meaning {
        Meaning::Dues => ("dues", "good"),
        Meaning::Solidarity => ("solidarity", "waived"),
        Meaning::Ignore => return None,
    };
    let here = member.standing == held;
    let there = match flag {
        Flag::Yes => true,
        Flag::No => false,
        Flag::Other(_) => return None,
    };
    let said = if there { "yes" } else { "no" };
    (there != here).then(|| {
        format!(
            "{word}: {said} in the table, {} in the log",
            member.standing
        )
    })
}

fn how_in(status: &str) -> &'static str {
    match status {
        "applied" => "has applied: members decide, see `allot resolution list`",
        "left" | "excluded" => "is a member no more: it may apply again",
        "declined" | "expired" => "its application ended: it may apply again",
        _ => UNKNOWN,
    }
}

const UNKNOWN: &str = "is not known to the log: it applies with `allot federation apply`, a member brings that with `allot federation vouch`";

fn without(row: &Row) -> Compared {
    Compared {
        name: row.name.clone(),
        collective: String::new(),
        status: String::new(),
        is_member: false,
        notes: vec![UNKNOWN.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use allot_ledger::markdown::members::read;

    use super::*;

    fn member(slug: &str, name: &str, website: &str, status: &str, standing: &str) -> Member {
        Member {
            slug: slug.into(),
            name: name.into(),
            website: website.into(),
            status: status.into(),
            standing: standing.into(),
            ..Default::default()
        }
    }

    fn known() -> Vec<Member> {
        vec![
            member(
                "autonomic",
                "Autonomic",
                "https://www.autonomic.example/",
                "member",
                "good",
            ),
            member("local-it", "Local IT", "", "member", "lapsed"),
            member(
                "merri-bek",
                "Merri-bek Tech",
                "https://merri-bek.example",
                "applied",
                "unknown",
            ),
            member(
                "sutty",
                "Sutty",
                "https://sutty.example",
                "member",
                "waived",
            ),
            member("old", "Old", "", "left", "unknown"),
        ]
    }

    const HEADED: &str = "\
# Members

| Member | Paid | Solidarity | Contact |
|---|---|---|---|
| [The Autonomic](autonomic.example) | \u{2705} | - | `@a:matrix.example` |
| Local-IT | \u{2705} | - | hello@local-it.example |
| Merri-bek tech | - | - | - |
| Stranger | - | - | s@stranger.example |
";

    fn notes(comparison: &Comparison, name: &str) -> Vec<String> {
        let found = comparison.members.iter().find(|m| m.name == name);
        found.unwrap_or_else(|| panic!("{name}")).notes.clone()
    }

    #[test]
    fn rows_are_members_applicants_or_strangers_and_members_without_a_row_are_told() {
        let table = read(HEADED.as_bytes()).unwrap();
        let compared = compare(&table, &[], &known(), "autonomic").unwrap();
        assert_eq!(
            (compared.here, compared.missing, compared.not_in_table),
            (2, 2, 1)
        );
        assert_eq!(
            notes(&compared, "The Autonomic"),
            ["calls itself Autonomic"]
        );
        assert!(notes(&compared, "Merri-bek tech")[0].starts_with("has applied"));
        assert_eq!(notes(&compared, "Stranger"), [UNKNOWN]);
        let last = compared.members.last().unwrap();
        assert_eq!(
            (last.collective.as_str(), last.name.as_str()),
            ("sutty", "")
        );
        assert_eq!(compared.own_contact.as_deref(), Some("@a:matrix.example"));
        assert!(
            compared
                .warnings
                .iter()
                .any(|w| w.contains("has no contact"))
        );
    }

    #[test]
    fn a_column_means_what_its_name_or_the_operator_says() {
        let table = read(HEADED.as_bytes()).unwrap();
        let compare = |named: &[&str]| {
            let named: Vec<_> = named.iter().map(|n| column_is(n).unwrap()).collect();
            super::compare(&table, &named, &known(), "autonomic")
        };
        let unnamed = compare(&[]).unwrap();
        let meanings: Vec<_> = unnamed.columns.iter().map(|c| c.meaning).collect();
        assert_eq!(meanings, [None, Some(Meaning::Solidarity)]);
        let told = "dues: yes in the table, lapsed in the log";
        for name in ["Paid=dues", "paid = Dues", "2=dues"] {
            let named = compare(&[name]).unwrap();
            assert_eq!(notes(&named, "Local-IT")[1..], [told], "{name}");
        }
        let refused = compare(&["Payed=dues"]).unwrap_err();
        assert!(refused.contains("no column `Payed`"), "{refused}");
        assert!(compare(&["1=dues"]).is_err() && compare(&["9=dues"]).is_err());
        assert!(column_is("Paid").is_err() && column_is("Paid=money").is_err());
    }

    #[test]
    fn a_table_without_header_has_numbered_columns() {
        let table = read("| Sutty | - | \u{2705} | x@y |\n| Sutty | - | - | x@y |\n".as_bytes());
        let compared = compare(&table.unwrap(), &[], &known(), "").unwrap();
        let names: Vec<_> = compared.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["2", "3"]);
        assert_eq!(
            (compared.here, compared.missing),
            (1, 1),
            "a member is in it once"
        );
    }
}
