//! One request over plain HTTP.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// Asks `address` for `path`, with these lines in the head, and a body when there is one to send; the status and the body
/// of the answer.
///
/// # Panics
/// Nobody answers, or not in HTTP.
pub fn ask(address: &str, method: &str, path: &str, lines: &[&str], body: &[u8]) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("reach who is asked");
    // Of HTTP 1.0, so that the answer is not cut into pieces.
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\n");
    head += &format!("Content-Length: {}\r\n", body.len());
    for line in lines {
        head += &format!("{line}\r\n");
    }
    write!(stream, "{head}\r\n").expect("ask");
    stream.write_all(body).expect("send a body");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read the answer");
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let body = answer.split_off(end.expect("a head") + 4);
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    (status.expect("a status"), body)
}
