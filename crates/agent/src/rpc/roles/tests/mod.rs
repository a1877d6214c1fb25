//! What the roles promise, without a socket.

mod guard;
mod holders;
mod table;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use nix::errno::Errno;

use super::{Operators, User, UserDatabase};
use crate::config::{Config, RolesConfig};

const AGENT: u32 = 900;
const ANA: u32 = 1000;
const BEA: u32 = 1001;
const CLEO: u32 = 1002;
const STAFF: u32 = 50;
const ALLOT: u32 = 51;

/// A machine with three people and two groups; Ana is staff.
#[derive(Clone, Default)]
struct Machine {
    allot: Arc<Mutex<Vec<u32>>>,
    asked: Arc<AtomicUsize>,
}

impl UserDatabase for Machine {
    fn user(&self, uid: u32) -> Option<User> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let (name, mut groups) = match uid {
            0 => ("root", vec![0]),
            AGENT => ("allot-agent", vec![AGENT]),
            ANA => ("ana", vec![ANA, STAFF]),
            BEA => ("bea", vec![BEA]),
            CLEO => ("cleo", vec![CLEO]),
            _ => return None,
        };
        if self.allot.lock().unwrap().contains(&uid) {
            groups.push(ALLOT);
        }
        let name = name.to_owned();
        Some(User { name, groups })
    }

    fn uid(&self, name: &str) -> Result<Option<u32>, Errno> {
        match name {
            "broken" => Err(Errno::EIO),
            _ => Ok([(0, "root"), (ANA, "ana"), (BEA, "bea"), (CLEO, "cleo")]
                .into_iter()
                .find_map(|(uid, known)| (known == name).then_some(uid))),
        }
    }

    fn gid(&self, name: &str) -> Result<Option<u32>, Errno> {
        Ok(match name {
            "staff" => Some(STAFF),
            "allot" => Some(ALLOT),
            _ => None,
        })
    }

    fn group(&self, _: u32) -> Option<String> {
        Some("allot".to_owned())
    }
}

/// An agent whose configuration has these lines under `[roles]`; no table at all without lines.
fn operators(lines: &str, machine: &Machine) -> Operators {
    let text = "server = 'a'\n[socket]\npath = '/run/a'\n[engine]\nkind = 'sim'\n";
    let mut config: Config = toml::from_str(text).unwrap();
    config.roles = (!lines.is_empty()).then(|| toml::from_str::<RolesConfig>(lines).unwrap());
    Operators::new(&config, AGENT, Box::new(machine.clone()))
}

fn roles(operators: &Operators, uid: u32) -> String {
    operators.peer(Some((uid, uid))).roles.to_string()
}
