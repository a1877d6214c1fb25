//! Paths that name nothing, as they come: a library would tidy them up before it sends them.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::Served;

/// The status of a request whose path is sent as it is.
async fn raw(served: &Served, path: &str) -> u16 {
    let mut stream = TcpStream::connect(served.client.address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer
        .split(' ')
        .nth(1)
        .unwrap_or_else(|| panic!("{path}: {answer}"));
    status.parse().unwrap()
}

#[tokio::test]
async fn what_is_no_page_is_not_found() {
    let served = Served::new().await;
    served.grow(300).await;
    let hash = served.fed.replica.put_text(b"text").unwrap();
    std::fs::write(served.fed.dir.path().join("secret"), "secret").unwrap();
    let huge = "x999/".repeat(12) + "999";
    for path in [
        "/",
        "/index.html",
        "/secret",
        "/journal",
        "/private",
        "/invites",
        "/contacts",
        "/hub.toml",
        "/texts",
        "/texts/",
        "/texts/../secret",
        "/texts/..%2fsecret",
        "/texts/%2e%2e/secret",
        &format!("/texts/{hash}/"),
        &format!("/texts/{hash}?x"),
        &format!("/texts/{}", hash.to_string().to_uppercase()),
        &format!("/texts/./{hash}"),
        "/checkpoint/",
        "/checkpoint?",
        "/checkpoint?x=1",
        "//checkpoint",
        "/./checkpoint",
        "/tile/../checkpoint",
        "/%63heckpoint",
        "/Checkpoint",
        "/metrics/",
        "/metrics?x",
        "/tile",
        "/tile/",
        "/tile/0",
        "/tile/0/",
        "/tile/0/0",
        "/tile/0/00",
        "/tile/0/0000",
        "/tile/0/x000",
        "/tile/0/x000/000",
        "/tile/0/x001/..",
        "/tile/0/x001/../000",
        "/tile/0/000/",
        "/tile/0/000/..",
        "/tile/0/%30%30%30",
        "/tile/00/000",
        "/tile/+0/000",
        "/tile/-1/000",
        "/tile/8/000",
        "/tile/63/000",
        "/tile/64/000",
        "/tile/255/000",
        "/tile/256/000",
        "/tile/8/0/000",
        "/tile/data/000",
        "/tile/0/000.p/0",
        "/tile/0/000.p/00",
        "/tile/0/000.p/01",
        "/tile/0/000.p/+1",
        "/tile/0/000.p/256",
        "/tile/0/000.p/",
        "/tile/0/000.p",
        "/tile/0/000.p/1.p/1",
        "/tile/0/000.p/1/",
        "/tile/0/000.P/1",
        "/tile/entries",
        "/tile/entries/",
        "/tile/entries/000.p/0",
        "/tile/entries/000.p/256",
        "/tile/entries/x018/x446/x744/x073/x709/x551/615",
        "/tile/entries/x072/x057/x594/x037/x927/936",
        "/tile/0/x018/x446/x744/x073/x709/x551/615",
        "/tile/7/x018/x446/x744/x073/x709/x551/615.p/255",
        &format!("/tile/0/{huge}"),
        &format!("/tile/entries/{huge}"),
        &format!("/{}", "a".repeat(20_000)),
        "/tile/0/000%00",
        "/tile/0/000;x",
        "/tile/0/000#x",
    ] {
        // A fragment never reaches a server by the rules; hyper cuts it off or refuses it.
        let allowed: &[u16] = if path.contains('#') {
            &[200, 400, 404]
        } else {
            &[404]
        };
        let status = raw(&served, path).await;
        assert!(allowed.contains(&status), "{path}: {status}");
    }
    for path in [
        "/checkpoint",
        "/metrics",
        "/tile/0/000",
        &format!("/texts/{hash}"),
    ] {
        assert_eq!(raw(&served, path).await, 200, "{path}");
    }
    served.end().await;
}

#[tokio::test]
async fn what_is_no_http_ends_its_connection_alone() {
    let served = Served::new().await;
    served.grow(3).await;
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /checkpoint HTTP/9.9\r\n\r\n",
        b"GET checkpoint HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT other.example:443 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(served.client.address).await.unwrap();
        stream.write_all(nonsense).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // A reset is an answer as well.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{nonsense:?}");
    }
    assert_eq!(raw(&served, "/checkpoint").await, 200);
    served.end().await;
}
