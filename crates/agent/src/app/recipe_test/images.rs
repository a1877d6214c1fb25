//! Images that a caller brings in archives, for recipes whose images are in no registry yet.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use futures::StreamExt as _;

use crate::{
    app::{
        Agent,
        error::{AppError, Result},
    },
    engine::Archive,
    limits::{MAX_IMAGE_ARCHIVE, MAX_IMAGES_ASKED},
};

/// An image that is wanted on this node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageName {
    /// Name and tag.
    pub reference: String,
    /// Its id, `sha256:...`; empty when any image of that name will do.
    pub id: String,
}

impl Agent {
    /// Which of these images are not on this node, or are others of the same name.
    ///
    /// # Errors
    /// Too many are asked for, or the engine does not answer.
    pub async fn missing_images(&self, images: Vec<ImageName>) -> Result<Vec<ImageName>> {
        if images.len() > MAX_IMAGES_ASKED {
            return Err(AppError::BadRequest {
                what: format!("{} images are asked for at once", images.len()),
                help: format!("ask for at most {MAX_IMAGES_ASKED}"),
            });
        }
        let mut missing = Vec::new();
        for image in images {
            let here = self.engine.image_id(&image.reference).await?;
            let fits = here.is_some_and(|here| image.id.is_empty() || here == image.id);
            if !fits {
                missing.push(image);
            }
        }
        Ok(missing)
    }

    /// Takes the images of an archive to this node. Returns how many bytes it had.
    ///
    /// # Errors
    /// It breaks off, is too large, or is no archive of images.
    pub async fn load_images(&self, archive: Archive) -> Result<u64> {
        let taken = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&taken);
        let bounded = archive.map(move |piece: std::io::Result<Bytes>| {
            let piece = piece?;
            let more = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let so_far = counter.fetch_add(more, Ordering::Relaxed);
            if so_far.saturating_add(more) > MAX_IMAGE_ARCHIVE {
                let why = format!("an archive has at most {MAX_IMAGE_ARCHIVE} bytes");
                return Err(std::io::Error::other(why));
            }
            Ok(piece)
        });
        self.engine.load_images(bounded.boxed()).await?;
        Ok(taken.load(Ordering::Relaxed))
    }
}
