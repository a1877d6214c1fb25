//! Answers that keep their call's room until they were taken.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;
use tonic::{Status, body::Body};

use super::room::Taken;
use crate::limits::PIECE;

/// An answer in small pieces. The next one is made when the last has gone out, so that what nobody reads is here, and
/// here it is counted. Pieces are copies: a part of a long answer would keep all of it.
pub(super) struct Answer {
    body: Body,
    rest: Bytes,
    _room: Option<Taken>,
}

impl Answer {
    pub(super) fn new(body: Body, room: Option<Taken>) -> Self {
        Self {
            body,
            rest: Bytes::new(),
            _room: room,
        }
    }

    fn piece(&mut self) -> Bytes {
        let count = self.rest.len().min(PIECE);
        Bytes::copy_from_slice(&self.rest.split_to(count))
    }
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.rest.is_empty() {
            let next = ready!(Pin::new(&mut self.body).poll_frame(cx));
            let frame = match next {
                Some(Ok(frame)) => frame,
                other => return Poll::Ready(other),
            };
            match frame.into_data() {
                Ok(data) if data.len() > PIECE => self.rest = data,
                Ok(data) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Err(frame) => return Poll::Ready(Some(Ok(frame))),
            }
        }
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    #[tokio::test]
    async fn an_answer_arrives_whole_and_in_small_pieces() {
        let long: Vec<u8> = (0..=250).cycle().take(3 * PIECE + 7).collect();
        let short = vec![9; 10];
        let mut trailers = http::HeaderMap::new();
        trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
        let frames = [
            Frame::data(Bytes::from(long.clone())),
            Frame::data(Bytes::from(short.clone())),
            Frame::trailers(trailers.clone()),
        ];
        let body = StreamBody::new(stream::iter(frames.map(Ok::<_, Status>)));
        let mut answer = Answer::new(Body::new(body), None);
        let (mut came, mut ended) = (Vec::new(), None);
        while let Some(frame) = answer.frame().await {
            match frame.unwrap().into_data() {
                Ok(data) => {
                    assert!(data.len() <= PIECE && ended.is_none());
                    came.extend(data);
                }
                Err(frame) => ended = frame.into_trailers().ok(),
            }
        }
        assert_eq!(came, [long, short].concat());
        assert_eq!(ended, Some(trailers));
    }
}
