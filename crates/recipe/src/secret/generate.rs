//! Making secrets. Randomness comes from the caller, so that a test can own it.

use rand::seq::IndexedRandom;
use rand::{CryptoRng, Rng};
use secrecy::SecretString;

use super::{SecretDecl, SecretError, SecretSpec};

/// How many words a passphrase has: 7 of 7,776 are 90 bits.
const WORDS: usize = 7;

/// Makes the value of a secret.
///
/// The words are the long list of the Electronic Frontier Foundation, the one that diceware programs use. Four of its words
/// have a hyphen themselves (`yo-yo`); the list is used whole, so the entropy is that of the list.
pub fn generate<R: Rng + CryptoRng + ?Sized>(
    secret: &SecretDecl,
    rng: &mut R,
) -> Result<SecretString, SecretError> {
    match &secret.spec {
        SecretSpec::Inserted => Err(SecretError::NotGenerated {
            name: secret.name.clone(),
        }),
        SecretSpec::Passphrase => Ok(passphrase(rng)),
        SecretSpec::Random { length, charset } => {
            let characters = charset.characters();
            let mut value = String::with_capacity(*length);
            value.extend((0..*length).filter_map(|_| characters.choose(rng)));
            Ok(SecretString::from(value))
        }
    }
}

fn passphrase<R: Rng + CryptoRng + ?Sized>(rng: &mut R) -> SecretString {
    // Reserved once, so that growing leaves no copy of the words behind in freed memory.
    let mut value = String::with_capacity(WORDS * 12);
    for index in 0..WORDS {
        if index > 0 {
            value.push('-');
        }
        value.extend(diceware_wordlists::EFF_LONG_WORDLIST.choose(rng).copied());
    }
    SecretString::from(value)
}
