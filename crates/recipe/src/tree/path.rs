//! Paths inside a recipe.

use super::TreeError;

/// Brings a path into its normal form: no `.`, no `..`, no empty parts. `..` may cancel a part of the path itself but not
/// climb above the recipe; an absolute path and a backslash are refused.
pub fn normal_path(path: &str) -> Result<String, TreeError> {
    walk("", path).map_err(|why| escapes(path, why))
}

/// Where a symbolic link at `link` with the text `target` leads, which must be inside the recipe.
pub fn resolve_link(link: &str, target: &str) -> Result<String, TreeError> {
    let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
    walk(folder, target).map_err(|why| escapes(link, format!("it is a link, and {why}")))
}

fn escapes(path: &str, why: String) -> TreeError {
    TreeError::Escapes {
        path: crate::help::excerpt(path),
        why,
    }
}

fn walk(from: &str, path: &str) -> Result<String, String> {
    if path.starts_with('/') || path.starts_with('~') {
        return Err(format!(
            "`{}` is an absolute path",
            crate::help::excerpt(path)
        ));
    }
    if path.contains(['\\', '\0', '\n']) {
        return Err("it holds a backslash, a line end or a NUL character".to_owned());
    }
    let mut parts: Vec<&str> = from.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() => {}
            ".." => return Err("`..` climbs above its folder".to_owned()),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brings_paths_into_one_form() {
        for (path, wanted) in [
            ("./a//b/", "a/b"),
            ("a/../b", "b"),
            ("", ""),
            (".env.sample", ".env.sample"),
        ] {
            assert_eq!(normal_path(path).expect(path), wanted);
        }
    }

    #[test]
    fn refuses_paths_that_leave_the_recipe() {
        for path in ["/etc/passwd", "../x", "a/../../x", "~/x", "a\\..\\x", "a\0"] {
            assert_eq!(normal_path(path).expect_err(path).code(), "AL-1202");
        }
    }

    #[test]
    fn follows_links_from_their_folder() {
        assert_eq!(resolve_link("a/b/link", "../c").expect("inside"), "a/c");
        assert!(resolve_link("a/link", "../../c").is_err());
        assert!(resolve_link("link", "/etc/passwd").is_err());
    }
}
