//! HTTP/2 written by hand: what no library would send (RFC 9113).

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use rustls::ClientConfig;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf, split},
    net::TcpStream,
    sync::Notify,
    task::JoinHandle,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::client::TlsStream;

use crate::knock::{enter, over};

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// The largest window there is.
const WIDE: u32 = 0x7fff_ffff;

/// What a hub lets a caller send ahead before it says so itself.
const FIRST_WINDOW: i64 = 65_535;

/// Bytes before each message: whether it is compressed, and its length.
const PREFIX: i64 = 5;

/// How long the hub's last word is waited for.
const LAST_WORD: Duration = Duration::from_millis(500);

/// A frame.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The headers of a gRPC call, without Huffman and tables (RFC 7541, 6.2.2).
pub fn headers(path: &str) -> Vec<u8> {
    let mut block = vec![0x83, 0x86];
    let mut text = |index: &[u8], value: &str| {
        block.extend(index);
        block.push(u8::try_from(value.len()).unwrap());
        block.extend(value.as_bytes());
    };
    text(&[0x04], path);
    text(&[0x01], "hub.invalid");
    text(&[0x0f, 0x10], "application/grpc");
    text(b"\x00\x02te", "trailers");
    block
}

/// The beginning of a call; its message follows.
pub fn call(stream: u32, path: &str) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &headers(path))
}

/// A whole call with one message.
pub fn ask(stream: u32, path: &str, message: &[u8]) -> Vec<u8> {
    let mut bytes = call(stream, path);
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let body = [&[0][..], &length, message].concat();
    bytes.extend(frame(DATA, END_STREAM, stream, &body));
    bytes
}

/// What every connection begins with; the hub may send as much as it likes.
fn preface() -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    // SETTINGS_INITIAL_WINDOW_SIZE
    let window = [&[0, 4][..], &WIDE.to_be_bytes()].concat();
    bytes.extend(frame(SETTINGS, 0, 0, &window));
    bytes.extend(frame(WINDOW_UPDATE, 0, 0, &(WIDE - 65_535).to_be_bytes()));
    bytes
}

/// A connection that nothing is read from.
pub struct Wire {
    tls: TlsStream<TcpStream>,
}

impl Wire {
    pub async fn open(address: &str, config: &Arc<ClientConfig>) -> io::Result<Self> {
        let tls = enter(address, Arc::clone(config)).await?;
        Self::begin(tls).await
    }

    /// On a connection of the caller's own.
    pub async fn on(tcp: TcpStream, config: &Arc<ClientConfig>) -> io::Result<Self> {
        Self::begin(over(tcp, Arc::clone(config)).await?).await
    }

    async fn begin(tls: TlsStream<TcpStream>) -> io::Result<Self> {
        let mut wire = Self { tls };
        wire.send(&preface()).await?;
        Ok(wire)
    }

    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.tls.write_all(bytes).await?;
        self.tls.flush().await
    }

    /// Waits until the hub has hung up.
    pub async fn hung_up(mut self) {
        let mut read = [0; 4096];
        while self.tls.read(&mut read).await.is_ok_and(|count| count > 0) {}
    }

    /// Reads from now on, and keeps what the windows and the hub's last word are.
    pub fn listen(self) -> Talk {
        let (reader, writer) = split(self.tls);
        let heard = Arc::new(Told::default());
        heard.connection.store(FIRST_WINDOW, Ordering::Relaxed);
        let reading = tokio::spawn(read_on(reader, Arc::clone(&heard)));
        Talk {
            writer,
            told: heard,
            reading,
        }
    }
}

/// What the hub has said.
#[derive(Default)]
struct Told {
    /// What may be sent on the connection, and how much more on each stream.
    connection: AtomicI64,
    streams: Mutex<HashMap<u32, i64>>,
    /// Streams that it has answered or reset.
    ended: Mutex<HashSet<u32>>,
    resets: AtomicU32,
    /// The code of a GOAWAY, plus one.
    goaway: AtomicU32,
    changed: Notify,
}

/// A connection that is read from.
pub struct Talk {
    writer: WriteHalf<TlsStream<TcpStream>>,
    told: Arc<Told>,
    reading: JoinHandle<()>,
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// What came of a flood.
#[derive(Debug)]
pub struct Flood {
    /// Frames that were sent.
    pub sent: u64,
    /// Streams that the hub reset.
    pub resets: u32,
    /// Why the hub ended the connection (RFC 9113, 7), if it said so.
    pub goaway: Option<u32>,
    /// Whether the connection still stands.
    pub stands: bool,
}

impl Talk {
    /// Sends a number of frames again and again, until there were `most`, the time is over, or the hub has ended it.
    pub async fn flood(
        &mut self,
        most: u64,
        time: Duration,
        mut batch: impl FnMut(u64) -> (u64, Vec<u8>),
    ) -> Flood {
        let until = Instant::now() + time;
        let mut sent = 0;
        let mut stands = true;
        while sent < most && Instant::now() < until && stands {
            let (count, bytes) = batch(sent);
            let write = async {
                self.writer.write_all(&bytes).await?;
                self.writer.flush().await
            };
            match timeout_at(until, write).await {
                Ok(Ok(())) => sent += count,
                Ok(Err(_)) => stands = false,
                Err(_) => break,
            }
            stands &= !self.reading.is_finished();
        }
        self.came_of(sent).await
    }

    /// One-byte frames of one message that never ends, as far as the windows allow.
    pub async fn drip(&mut self, stream: u32, most: u64, until: Instant) -> u64 {
        let one = frame(DATA, 0, stream, &[0]);
        self.fill(stream, most, until, 2_000, |count| one.repeat(count))
            .await
    }

    /// The same in frames as large as can be.
    pub async fn pour(&mut self, stream: u32, most: u64, until: Instant) -> u64 {
        let full = vec![0; 16 * 1024];
        let piece = |count: usize| frame(DATA, 0, stream, &full[..count]);
        self.fill(stream, most, until, 16 * 1024, piece).await
    }

    async fn fill(
        &mut self,
        stream: u32,
        most: u64,
        until: Instant,
        at_once: i64,
        bytes: impl Fn(usize) -> Vec<u8>,
    ) -> u64 {
        let mut sent = 0;
        let mut stream_window = FIRST_WINDOW - PREFIX;
        while sent < most && Instant::now() < until && !self.reading.is_finished() {
            if self.told.ended.lock().unwrap().contains(&stream) {
                break;
            }
            stream_window += self
                .told
                .streams
                .lock()
                .unwrap()
                .remove(&stream)
                .unwrap_or(0);
            let left = i64::try_from(most - sent).unwrap();
            let open = self.told.connection.load(Ordering::Relaxed);
            let count = open.min(stream_window).min(left).min(at_once);
            if count <= 0 {
                let told = self.told.changed.notified();
                let _ = timeout(Duration::from_millis(50), told).await;
                continue;
            }
            let bytes = bytes(usize::try_from(count).unwrap());
            let write = self.writer.write_all(&bytes).await;
            if write.is_err() || self.writer.flush().await.is_err() {
                break;
            }
            self.told.connection.fetch_sub(count, Ordering::Relaxed);
            stream_window -= count;
            sent += u64::try_from(count).unwrap();
        }
        sent
    }

    /// Begins a call whose message says that it has so many bytes. What comes of it is sent by [`Talk::drip`] or
    /// [`Talk::pour`].
    pub async fn begin(&mut self, stream: u32, path: &str, length: u32) -> io::Result<()> {
        let prefix = [&[0][..], &length.to_be_bytes()].concat();
        let mut bytes = call(stream, path);
        bytes.extend(frame(DATA, 0, stream, &prefix));
        self.told.connection.fetch_sub(PREFIX, Ordering::Relaxed);
        self.writer.write_all(&bytes).await?;
        self.writer.flush().await
    }

    /// What came of all that was sent. The hub's last word may still be on its way.
    pub async fn came_of(&mut self, sent: u64) -> Flood {
        if !self.reading.is_finished() {
            let _ = timeout(LAST_WORD, &mut self.reading).await;
        }
        Flood {
            sent,
            resets: self.told.resets.load(Ordering::Relaxed),
            goaway: self.told.goaway.load(Ordering::Relaxed).checked_sub(1),
            stands: !self.reading.is_finished(),
        }
    }
}

async fn read_on(mut reader: ReadHalf<TlsStream<TcpStream>>, told: Arc<Told>) {
    let mut payload = Vec::new();
    loop {
        let mut head = [0; 9];
        if reader.read_exact(&mut head).await.is_err() {
            return;
        }
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        payload.resize(usize::try_from(length).unwrap(), 0);
        if reader.read_exact(&mut payload).await.is_err() {
            return;
        }
        let word = |at: usize| {
            Some(u32::from_be_bytes(
                payload.get(at..at + 4)?.try_into().ok()?,
            ))
        };
        match head[3] {
            HEADERS if head[4] & END_STREAM != 0 => {
                told.ended.lock().unwrap().insert(stream);
            }
            RST_STREAM => {
                told.resets.fetch_add(1, Ordering::Relaxed);
                told.ended.lock().unwrap().insert(stream);
            }
            GOAWAY => told
                .goaway
                .store(word(4).unwrap_or(0) + 1, Ordering::Relaxed),
            WINDOW_UPDATE => {
                let more = i64::from(word(0).unwrap_or(0));
                if stream == 0 {
                    told.connection.fetch_add(more, Ordering::Relaxed);
                } else {
                    *told.streams.lock().unwrap().entry(stream).or_default() += more;
                }
                told.changed.notify_waiters();
            }
            _ => {}
        }
    }
}
