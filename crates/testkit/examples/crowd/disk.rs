//! What a crowd keeps between its runs.

use std::{error::Error, fs, io::BufRead as _, path::Path};

use allot_ledger::SecretKey;
use allot_testkit::{Member, Seat};

type Done = Result<(), Box<dyn Error>>;

/// Makes keys, one file a member.
pub fn make_keys(count: usize, dir: &Path) -> Done {
    fs::create_dir_all(dir)?;
    for number in 0..count {
        let member = Member::new(&format!("member-{number:02}"));
        fs::write(
            dir.join(format!("{}.key", member.slug)),
            member.key.to_hex(),
        )?;
        println!("{}", member.founder());
    }
    Ok(())
}

/// The members, by name.
pub fn members(dir: &Path) -> Result<Vec<Member>, Box<dyn Error>> {
    let mut members = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "key") {
            let slug = path.file_stem().and_then(|s| s.to_str()).ok_or("a name")?;
            let key = SecretKey::from_hex(&fs::read_to_string(&path)?)?;
            members.push(Member {
                slug: slug.parse()?,
                key,
            });
        }
    }
    members.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(members)
}

/// Spends the invites on standard input, each for a member in turn.
pub async fn enrol(dir: &Path) -> Done {
    let members = members(dir)?;
    for (number, invite) in std::io::stdin().lock().lines().enumerate() {
        let member = members.get(number % members.len()).ok_or("no member")?;
        let agent = format!("agent-{:03}", number / members.len());
        let seat = member.enrol(&invite?, &agent).await?;
        fs::write(dir.join(format!("{number:05}.seat")), seat.to_text())?;
    }
    Ok(())
}

/// The first `count` agents that were enrolled.
pub fn seats(dir: &Path, count: usize) -> Result<Vec<Seat>, Box<dyn Error>> {
    let members = members(dir)?;
    let seat = |number: usize| {
        let text = fs::read_to_string(dir.join(format!("{number:05}.seat")))?;
        let member = members.get(number % members.len()).ok_or("no member")?;
        Ok(Seat::from_text(member, &text))
    };
    (0..count).map(seat).collect()
}
