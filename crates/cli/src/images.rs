//! Archives of images in a folder, as `docker save` writes them: what is in them, and sending them to the agent.

use std::{
    fs::{self, File},
    io::{self, BufReader, Read as _},
    path::{Path, PathBuf},
};

use allot_proto::agent::{ImageName, ImagePiece, ListMissingImagesRequest};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};

use crate::{
    client::Agent,
    error::CliError,
    limits::{ARCHIVE_PIECE, MAX_ARCHIVE_ENTRIES, MAX_ARCHIVES, MAX_IMAGE_LIST},
    prompt::unreadable,
};

/// Endings of files that are taken for archives. What is packed is unpacked by the engine.
const ENDINGS: [&str; 3] = [".tar", ".tar.gz", ".tgz"];

/// Pieces that are read ahead.
const AHEAD: usize = 4;

/// One entry of the list in an archive.
#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "Config")]
    config: String,
    #[serde(rename = "RepoTags", default)]
    tags: Option<Vec<String>>,
}

/// Brings the images of a folder's archives to the agent's node, those that are there left out. `tell` gets a line for
/// each archive.
///
/// # Errors
/// The folder or an archive cannot be read, or the agent or its engine refuses it.
pub async fn load(agent: &Agent, folder: &Path, tell: impl Fn(&str)) -> Result<(), CliError> {
    for archive in archives(folder)? {
        let name = archive.display().to_string();
        let images = match images(&archive) {
            Ok(images) => images,
            Err(error) => return Err(unreadable(&name, error)),
        };
        let names: Vec<&str> = images
            .iter()
            .map(|image| image.reference.as_str())
            .collect();
        let names = names.join(", ");
        // A list that is not found, as in a packed archive, says nothing about what is missing.
        if !images.is_empty() {
            let asked = ListMissingImagesRequest { images };
            let answer = agent.tests().list_missing_images(asked).await?;
            if answer.into_inner().missing.is_empty() {
                tell(&format!("{name}: {names} is there\n"));
                continue;
            }
        }
        send(agent, &archive).await?;
        tell(&format!("{name}: loaded {names}\n"));
    }
    Ok(())
}

fn archives(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let name = folder.display().to_string();
    let read = || -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let file = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            if ENDINGS.iter().any(|ending| file.ends_with(ending)) {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    };
    let found = read().map_err(|error| unreadable(&name, error))?;
    match found.len() {
        0 => Err(unreadable(
            &name,
            "no file in it ends with .tar, .tar.gz or .tgz",
        )),
        many if many > MAX_ARCHIVES => Err(unreadable(
            &name,
            format!("it holds more than {MAX_ARCHIVES} archives"),
        )),
        _ => Ok(found),
    }
}

/// The images that an archive says it holds; none where it is packed.
fn images(archive: &Path) -> io::Result<Vec<ImageName>> {
    if archive.extension().is_none_or(|ending| ending != "tar") {
        return Ok(Vec::new());
    }
    let mut tar = tar::Archive::new(BufReader::new(File::open(archive)?));
    for entry in tar.entries_with_seek()?.take(MAX_ARCHIVE_ENTRIES) {
        let entry = entry?;
        if entry.path()?.as_os_str() != "manifest.json" {
            continue;
        }
        let mut bytes = Vec::new();
        entry.take(MAX_IMAGE_LIST).read_to_end(&mut bytes)?;
        let listed: Vec<Listed> = serde_json::from_slice(&bytes)?;
        return Ok(listed.iter().flat_map(named).collect());
    }
    Err(io::Error::other(
        "it holds no manifest.json, so `docker save` did not write it",
    ))
}

/// The names of an image with its id, which is the digest in the path of its configuration.
fn named(listed: &Listed) -> impl Iterator<Item = ImageName> {
    let file = listed.config.rsplit('/').next().unwrap_or_default();
    let digest = file.strip_suffix(".json").unwrap_or(file);
    let is_digest = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    let id = if is_digest {
        format!("sha256:{digest}")
    } else {
        String::new()
    };
    let tags = listed.tags.clone().unwrap_or_default().into_iter();
    tags.map(move |reference| ImageName {
        reference,
        id: id.clone(),
    })
}

async fn send(agent: &Agent, archive: &Path) -> Result<(), CliError> {
    let name = archive.display().to_string();
    let file = File::open(archive).map_err(|error| unreadable(&name, error))?;
    let (pieces, taken) = mpsc::channel(AHEAD);
    let reading = tokio::task::spawn_blocking(move || read(file, &pieces));
    let answer = agent.tests().load_images(ReceiverStream::new(taken)).await;
    let ended = match answer {
        Ok(answer) => answer.into_inner().next().await,
        Err(status) => Some(Err(status)),
    };
    // What the agent says is why reading ended early.
    let sent = reading
        .await
        .unwrap_or_else(|error| Err(io::Error::other(error)));
    match ended {
        Some(Ok(_)) => sent.map_err(|error| unreadable(&name, error)),
        Some(Err(status)) => Err(status.into()),
        None => Err(CliError::Incomplete { what: "end" }),
    }
}

/// Reads a file piece by piece, until it ends or nobody takes any more.
fn read(mut file: File, pieces: &mpsc::Sender<ImagePiece>) -> io::Result<()> {
    loop {
        let mut data = vec![0; ARCHIVE_PIECE];
        let read = file.read(&mut data)?;
        data.truncate(read);
        if read == 0 || pieces.blocking_send(ImagePiece { data }).is_err() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(dir: &Path, files: &[(&str, &str)]) -> PathBuf {
        let path = dir.join("a.tar");
        let mut tar = tar::Builder::new(File::create(&path).unwrap());
        for (name, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        tar.finish().unwrap();
        path
    }

    #[test]
    fn an_archive_tells_its_images_with_their_ids_old_and_new_layout() {
        let dir = tempfile::tempdir().unwrap();
        let digest = "ab".repeat(32);
        for config in [format!("{digest}.json"), format!("blobs/sha256/{digest}")] {
            let list = format!(
                r#"[{{"Config":"{config}","RepoTags":["a/b:1","a/b:2"]}},{{"Config":"x","RepoTags":null}}]"#
            );
            let path = archive(
                dir.path(),
                &[("layer.tar", "data"), ("manifest.json", &list)],
            );
            let found = images(&path).unwrap();
            let names: Vec<&str> = found.iter().map(|i| i.reference.as_str()).collect();
            assert_eq!(names, ["a/b:1", "a/b:2"]);
            assert!(found.iter().all(|i| i.id == format!("sha256:{digest}")));
        }
    }

    #[test]
    fn what_docker_did_not_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = archive(dir.path(), &[("readme", "hello")]);
        assert!(
            images(&path)
                .unwrap_err()
                .to_string()
                .contains("manifest.json")
        );
        let path = archive(dir.path(), &[("manifest.json", "{")]);
        images(&path).unwrap_err();
        fs::write(&path, "no tar at all").unwrap();
        images(&path).unwrap_err();
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(archives(empty.path()).unwrap_err().code(), "AL-7006");
        assert_eq!(
            archives(Path::new("/nonexistent")).unwrap_err().code(),
            "AL-7006"
        );
    }
}
