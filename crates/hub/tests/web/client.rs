//! A client over plain sockets, and on it an auditor of `tlog_tiles` and `signed_note`: what anybody could write who has
//! read C2SP's specifications and nothing of ours.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record,
    prove_tree, record_hash,
};
use tokio::runtime::Handle;

/// What came back.
pub struct Answer {
    pub status: u16,
    headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// A header; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    pub address: SocketAddr,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, address }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).await
    }

    pub async fn get_compressed(&self, path: &str) -> Answer {
        let url = format!("http://{}{path}", self.address);
        let request = self.http.get(url).header("accept-encoding", "gzip");
        read(request).await
    }

    pub async fn ask(&self, method: &str, path: &str) -> Answer {
        let url = format!("http://{}{path}", self.address);
        read(self.http.request(method.parse().unwrap(), url)).await
    }
}

async fn read(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let headers = answer.headers().iter();
    let headers = headers.map(|(name, value)| {
        let value = value.to_str().unwrap().to_owned();
        (name.to_string(), value)
    });
    Answer {
        status: answer.status().as_u16(),
        headers: headers.collect(),
        body: answer.bytes().await.unwrap().to_vec(),
    }
}

/// Trusts the log's key, and nothing else that it reads.
pub struct Auditor {
    client: Client,
    verifier_key: String,
    /// By path. Only what was verified gets here.
    kept: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    handle: Handle,
}

impl Auditor {
    pub fn new(client: Client, verifier_key: &str) -> Self {
        Self {
            client,
            verifier_key: verifier_key.to_owned(),
            kept: Arc::default(),
            handle: Handle::current(),
        }
    }

    pub async fn checkpoint(self) -> (Self, Checkpoint) {
        let checkpoint = self.try_checkpoint().await.expect("signed by the log");
        (self, checkpoint)
    }

    /// The newest checkpoint, if it is signed with the key.
    pub async fn try_checkpoint(&self) -> Option<Checkpoint> {
        let answer = self.client.get("/checkpoint").await;
        assert_eq!(answer.status, 200);
        let note = Note::from_bytes(&answer.body).unwrap();
        let verifier = StandardVerifier::new(&self.verifier_key).unwrap();
        let known = VerifierList::new(vec![Box::new(verifier)]);
        let (by, _) = note.verify(&known).ok()?;
        assert_eq!(by.len(), 1);
        Some(Checkpoint::from_bytes(note.text()).unwrap())
    }

    pub async fn check_consistency(&self, old: &Checkpoint, new: &Checkpoint) {
        let (old, new) = ((old.size(), *old.hash()), (new.size(), *new.hash()));
        self.blocking(move |reader| {
            let hashes = TileHashReader::new(new.0, new.1, &reader);
            let proof = prove_tree(new.0, old.0, &hashes).unwrap();
            check_tree(&proof, new.0, new.1, old.0, old.1).unwrap();
        })
        .await;
    }

    /// Reads all entries, and finds each in the tree.
    pub async fn check_every_entry(&self, of: &Checkpoint) {
        let (size, root) = (of.size(), *of.hash());
        let entries = self.entries(size).await;
        assert_eq!(entries.len() as u64, size);
        self.blocking(move |reader| {
            let hashes = TileHashReader::new(size, root, &reader);
            for (index, entry) in (0..).zip(&entries) {
                let proof = prove_record(size, index, &hashes).unwrap();
                check_record(&proof, size, root, index, record_hash(entry)).unwrap();
            }
        })
        .await;
    }

    async fn entries(&self, size: u64) -> Vec<Vec<u8>> {
        let mut entries = Vec::new();
        for tile in Tile::new_tiles(8, 0, size) {
            if tile.level() > 0 {
                continue;
            }
            let path = path(&tile).replacen("/tile/0/", "/tile/entries/", 1);
            let answer = self.client.get(&path).await;
            assert_eq!(answer.status, 200, "{path}");
            let mut rest = &answer.body[..];
            while let Some((length, after)) = rest.split_first_chunk::<2>() {
                let (entry, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
                entries.push(entry.to_vec());
                rest = after;
            }
        }
        entries
    }

    /// `tlog_tiles` reads tiles without waiting for them, so it is given a thread.
    async fn blocking(&self, check: impl FnOnce(Tiles) + Send + 'static) {
        let reader = Tiles {
            client: self.client.clone(),
            kept: Arc::clone(&self.kept),
            handle: self.handle.clone(),
        };
        tokio::task::spawn_blocking(move || check(reader))
            .await
            .unwrap();
    }
}

pub struct Tiles {
    client: Client,
    kept: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    handle: Handle,
}

impl TileReader for Tiles {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |tile: &Tile| {
            let path = path(tile);
            if let Some(kept) = self.kept.lock().unwrap().get(&path) {
                return kept.clone();
            }
            let answer = self.handle.block_on(self.client.get(&path));
            assert_eq!(answer.status, 200, "{path}");
            answer.body
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, tiles: &[Tile], data: &[Vec<u8>]) {
        let mut kept = self.kept.lock().unwrap();
        for (tile, bytes) in tiles.iter().zip(data) {
            kept.insert(path(tile), bytes.clone());
        }
    }
}

/// As C2SP writes it: without the height.
fn path(tile: &Tile) -> String {
    tile.path().replacen("tile/8/", "/tile/", 1)
}
