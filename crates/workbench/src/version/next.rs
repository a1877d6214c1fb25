//! Which version comes next.

use allot_recipe::RecipeVersion;

use super::VersionError;

/// Which number grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bump {
    /// Operators have to do something.
    Major,
    /// Something is new.
    Minor,
    /// Something was mended.
    Patch,
}

/// What somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// This version; its upstream part may be left out.
    Exactly(RecipeVersion),
    /// The next one by this step.
    Step(Bump),
}

/// The version that is wanted: after the newest one, its right part the tag of the app's image.
///
/// # Errors
/// `AL-9442` without such a tag, `AL-9443` when it would not be newer, `AL-9444` when its right part is another tag.
pub fn next(
    newest: Option<&RecipeVersion>,
    upstream: Option<&str>,
    wanted: &Wanted,
) -> Result<RecipeVersion, VersionError> {
    let version = match wanted {
        Wanted::Step(bump) => {
            let [major, minor, patch] =
                newest.map_or([0; 3], |v| [v.major(), v.minor(), v.patch()]);
            // The release of a pre-release's numbers comes after it.
            let released = newest.is_none_or(|v| !v.is_prerelease());
            let left = match bump {
                Bump::Major if released || minor + patch > 0 => [major + 1, 0, 0],
                Bump::Minor if released || patch > 0 => [major, minor + 1, 0],
                Bump::Patch if released => [major, minor, patch + 1],
                _ => [major, minor, patch],
            };
            with_upstream(&left.map(|n| n.to_string()).join("."), upstream)?
        }
        Wanted::Exactly(version) => match (version.upstream(), upstream) {
            (None, upstream) => with_upstream(version.as_str(), upstream)?,
            (Some(said), Some(upstream)) if said != upstream => {
                return Err(VersionError::OtherUpstream {
                    version: version.to_string(),
                    upstream: upstream.to_owned(),
                });
            }
            _ => version.clone(),
        },
    };
    if !version.as_str().bytes().all(is_plain) {
        return Err(VersionError::Characters {
            version: version.to_string(),
        });
    }
    match newest {
        Some(newest) if !comes_after(&version, newest) => Err(VersionError::NotNewer {
            version: version.to_string(),
            newest: newest.to_string(),
        }),
        _ => Ok(version),
    }
}

/// The version names a tag of git and a file of notes: no slash, nothing that a shell would take apart.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+')
}

fn with_upstream(left: &str, upstream: Option<&str>) -> Result<RecipeVersion, VersionError> {
    let upstream = upstream.ok_or(VersionError::NoUpstream)?;
    Ok(RecipeVersion::parse(&format!("{left}+{upstream}"))?)
}

/// Two versions with the same left part would be one to everybody who compares as abra does.
fn comes_after(version: &RecipeVersion, newest: &RecipeVersion) -> bool {
    let left = |v: &RecipeVersion| v.as_str().split('+').next().map(RecipeVersion::parse);
    match (left(version), left(newest)) {
        (Some(Ok(a)), Some(Ok(b))) => a > b,
        _ => version > newest,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn v(text: &str) -> RecipeVersion {
        RecipeVersion::parse(text).expect(text)
    }

    fn step(newest: Option<&str>, bump: Bump) -> String {
        let newest = newest.map(v);
        let version = next(newest.as_ref(), Some("1.28-alpine"), &Wanted::Step(bump));
        version.expect("a version").to_string()
    }

    #[test]
    fn each_step_counts_its_number_and_takes_the_apps_tag() {
        for (newest, bump, wanted) in [
            (Some("1.2.3+1.27"), Bump::Major, "2.0.0+1.28-alpine"),
            (Some("1.2.3+1.27"), Bump::Minor, "1.3.0+1.28-alpine"),
            (Some("1.2.3+1.27"), Bump::Patch, "1.2.4+1.28-alpine"),
            (Some("2.0.0-rc1+1.27"), Bump::Major, "2.0.0+1.28-alpine"),
            (Some("2.0.1-rc1+1.27"), Bump::Major, "3.0.0+1.28-alpine"),
            (Some("2.0.1-rc1+1.27"), Bump::Patch, "2.0.1+1.28-alpine"),
            (None, Bump::Major, "1.0.0+1.28-alpine"),
            (None, Bump::Minor, "0.1.0+1.28-alpine"),
            (None, Bump::Patch, "0.0.1+1.28-alpine"),
        ] {
            assert_eq!(step(newest, bump), wanted, "{newest:?} {bump:?}");
        }
    }

    #[test]
    fn a_named_version_is_completed_and_held_against_what_there_is() {
        let newest = v("1.2.0+1.27");
        let exactly = |text: &str| next(Some(&newest), Some("1.28"), &Wanted::Exactly(v(text)));
        assert_eq!(exactly("1.3.0").expect("newer").as_str(), "1.3.0+1.28");
        assert_eq!(exactly("1.3.0+1.28").expect("newer").as_str(), "1.3.0+1.28");
        for (text, code) in [
            ("1.3.0+1.27", "AL-9444"),
            ("1.2.0", "AL-9443"),
            ("1.2.0+1.28", "AL-9443"),
            ("1.1.9+1.28", "AL-9443"),
        ] {
            assert_eq!(exactly(text).expect_err(text).code(), code, "{text}");
        }
        let slash = next(None, None, &Wanted::Exactly(v("1.3.0+../x")));
        assert_eq!(slash.expect_err("a path").code(), "AL-9445");
        let unknown = next(Some(&newest), None, &Wanted::Exactly(v("1.3.0")));
        assert_eq!(unknown.expect_err("no tag").code(), "AL-9442");
        let known = next(Some(&newest), None, &Wanted::Exactly(v("1.3.0+x")));
        assert_eq!(known.expect("whole").as_str(), "1.3.0+x");
    }

    proptest! {
        #[test]
        fn every_step_goes_up(major in 0u64..50, minor in 0u64..50, patch in 0u64..50, pre in "(-rc[1-3])?", bump in 0usize..3) {
            let newest = v(&format!("{major}.{minor}.{patch}{pre}+9"));
            let bump = [Bump::Major, Bump::Minor, Bump::Patch][bump];
            let version = next(Some(&newest), Some("1"), &Wanted::Step(bump)).expect("newer");
            prop_assert!(version > newest);
            prop_assert!(!version.is_prerelease());
        }
    }
}
