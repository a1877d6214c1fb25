//! Bytes of any kind are no reason to panic.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;

fn real() -> &'static (Vec<u8>, Vec<u8>) {
    static REAL: OnceLock<(Vec<u8>, Vec<u8>)> = OnceLock::new();
    REAL.get_or_init(|| {
        let fed = Fed::found("coop");
        let (certificate, key) = fed.enrol(&fed.issuer, &fed.id());
        (certificate.chain[0].clone(), key.request().unwrap())
    })
}

fn sound(peer: &Peer) -> bool {
    // Whatever was read is still a name that could be given.
    let id = SpiffeId::agent(peer.federation(), peer.collective(), peer.agent());
    id.to_string().parse() == Ok(id)
}

proptest! {
    #[test]
    fn bytes_are_nobody(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Peer::of(&bytes).is_err());
    }

    #[test]
    fn a_mutated_certificate_is_read_or_refused(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut der = real().0.clone();
        for (at, byte) in changes {
            let at = at.index(der.len());
            der[at] = byte;
        }
        if let Ok(peer) = Peer::of(&der) {
            prop_assert!(sound(&peer));
            let register = Register { collectives: [peer.collective().clone()].into(), ..Register::default() };
            // May be either; times of every kind are compared without a panic.
            let at = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
            prop_assert!(at.iter().any(|at| register.check(&peer, *at).is_err()));
        }
    }

    #[test]
    fn a_cut_certificate_is_nobody(at in any::<prop::sample::Index>(), more in prop::collection::vec(any::<u8>(), 1..9)) {
        let der = &real().0;
        prop_assert!(Peer::of(&der[..at.index(der.len())]).is_err());
        prop_assert!(Peer::of(&[&der[..], &more].concat()).is_err());
    }

    #[test]
    fn a_mutated_request_gives_nobody_elses_key_a_certificate(at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let fed = fed();
        let real = &real().1;
        let mut request = real.clone();
        let at = at.index(request.len());
        request[at] ^= flip;
        // Some bits mean nothing, such as how many of the signature's are unused.
        if let Ok(certificate) = fed.issuer.sign_agent(&request, &fed.id(), fed.at()) {
            let genuine = fed.issuer.sign_agent(real, &fed.id(), fed.at()).unwrap();
            prop_assert_eq!(key_in(&certificate), key_in(&genuine));
        }
    }

    #[test]
    fn text_is_no_file_of_ours(text in "(-----BEGIN (CERTIFICATE|PRIVATE KEY)-----\n)?.{0,200}(\n-----END (CERTIFICATE|PRIVATE KEY)-----)?") {
        prop_assert!(AgentKey::from_pem(&text).is_err());
        prop_assert!(Root::from_pem(&text, &text).is_err());
        prop_assert!(Issuer::from_pem(&text, &text, &text).is_err());
    }
}

fn key_in(certificate: &Certificate) -> &[u8] {
    let (_, certificate) = x509_parser::parse_x509_certificate(&certificate.chain[0]).unwrap();
    certificate.tbs_certificate.subject_pki.raw
}

fn fed() -> &'static Fed {
    static FED: OnceLock<Fed> = OnceLock::new();
    FED.get_or_init(|| Fed::found("coop"))
}
