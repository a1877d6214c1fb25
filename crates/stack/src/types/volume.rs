//! Mounts in the short form: `[source:]target[:options]`.

use crate::model::{ServiceVolume, VolumeBind, VolumeVolume};

const PROPAGATIONS: [&str; 6] = [
    "rprivate", "private", "rshared", "shared", "rslave", "slave",
];

/// Reads a short form as the docker CLI's `ParseVolume` does. A source that looks like a path
/// (`.`, `/`, `~`, `C:`, `\\`) makes a bind mount, another one names a volume, none makes an
/// anonymous volume. Unknown options are ignored.
///
/// # Errors
/// One sentence about what is wrong.
pub fn parse_short_volume(spec: &str) -> Result<ServiceVolume, &'static str> {
    if spec.is_empty() {
        return Err("it is empty");
    }
    if spec.len() <= 2 {
        return Ok(ServiceVolume {
            kind: "volume".to_owned(),
            target: spec.to_owned(),
            ..ServiceVolume::default()
        });
    }
    let parts = split(spec);
    if parts.iter().any(String::is_empty) {
        return Err("there is nothing between two colons");
    }
    let mut volume = ServiceVolume::default();
    match parts.as_slice() {
        [target] => volume.target.clone_from(target),
        [source, target] => (volume.source, volume.target) = (source.clone(), target.clone()),
        [source, target, options] => {
            (volume.source, volume.target) = (source.clone(), target.clone());
            apply_options(&mut volume, options);
        }
        _ => return Err("it has too many colons"),
    }
    let kind = if is_path(&volume.source) {
        "bind"
    } else {
        "volume"
    };
    volume.kind = kind.to_owned();
    Ok(volume)
}

/// Parts between colons; the colon after a single letter belongs to a Windows drive.
fn split(spec: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in spec.chars() {
        let Some(part) = parts.last_mut() else { break };
        let drive = part.chars().count() == 1 && part.chars().all(char::is_alphabetic);
        if c == ':' && !drive {
            parts.push(String::new());
        } else {
            part.push(c);
        }
    }
    parts
}

fn apply_options(volume: &mut ServiceVolume, options: &str) {
    for option in options.split(',') {
        match option {
            "ro" => volume.read_only = true,
            "rw" => volume.read_only = false,
            "nocopy" => volume.volume = Some(VolumeVolume { nocopy: true }),
            option if PROPAGATIONS.contains(&option) => {
                volume.bind = Some(VolumeBind {
                    propagation: option.to_owned(),
                })
            }
            _ => {}
        }
    }
}

fn is_path(source: &str) -> bool {
    let mut chars = source.chars();
    match (chars.next(), chars.next()) {
        (Some('.' | '/' | '~'), _) | (Some('\\'), Some('\\')) => true,
        (Some(first), Some(':')) => first.is_alphabetic(),
        _ => false,
    }
}

/// Whether a path is absolute on Unix or on Windows (`C:\x`, `C:/x`, `\\host\share\x`); a named
/// pipe (`\\.\pipe\x`) is not, for the docker CLI.
pub(crate) fn is_absolute(path: &str) -> bool {
    let bytes = path.as_bytes();
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.get(1) == Some(&b':')
        && matches!(bytes.get(2), Some(b'\\' | b'/'));
    path.starts_with('/') || drive || is_share(path)
}

/// `\\host\share\...`
fn is_share(path: &str) -> bool {
    let named = |part: Option<&str>| part.is_some_and(|p| !p.is_empty() && !p.starts_with('.'));
    let Some(rest) = path.strip_prefix("\\\\") else {
        return false;
    };
    let mut parts = rest.splitn(3, ['\\', '/']);
    named(parts.next()) && named(parts.next()) && parts.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_become_mounts() {
        let v = |kind: &str, source: &str, target: &str| ServiceVolume {
            kind: kind.into(),
            source: source.into(),
            target: target.into(),
            ..ServiceVolume::default()
        };
        for (spec, volume) in [
            ("/data", v("volume", "", "/data")),
            ("data:/data", v("volume", "data", "/data")),
            ("./x:/data", v("bind", "./x", "/data")),
            (
                "~/x:/data:ro",
                ServiceVolume {
                    read_only: true,
                    ..v("bind", "~/x", "/data")
                },
            ),
            ("C:\\x:/data", v("bind", "C:\\x", "/data")),
            ("a:/a", v("volume", "", "a:/a")),
            ("/a", v("volume", "", "/a")),
            (
                "data:/d:nocopy",
                ServiceVolume {
                    volume: Some(VolumeVolume { nocopy: true }),
                    ..v("volume", "data", "/d")
                },
            ),
            (
                "/a:/b:ro,z,rslave",
                ServiceVolume {
                    read_only: true,
                    bind: Some(VolumeBind {
                        propagation: "rslave".into(),
                    }),
                    ..v("bind", "/a", "/b")
                },
            ),
        ] {
            assert_eq!(parse_short_volume(spec), Ok(volume), "{spec}");
        }
    }

    #[test]
    fn broken_short_forms_are_refused() {
        for spec in ["", "data::/x", "data:/x:ro:rw", ":/x1", "data:"] {
            assert!(parse_short_volume(spec).is_err(), "{spec}");
        }
    }
}
