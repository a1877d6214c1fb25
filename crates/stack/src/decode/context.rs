//! What is known and collected while one file is read.

use std::cell::{Cell, RefCell};

use crate::error::{Place, StackError};
use crate::model::Places;
use crate::warning::{Warning, WarningKind};
use crate::yaml::Mark;

/// The most ports one file may publish: all there are.
const MAX_PORTS: usize = 65_536;

/// One file being read.
pub(crate) struct Context {
    pub file: String,
    warnings: RefCell<Vec<Warning>>,
    places: RefCell<Places>,
    ports: Cell<usize>,
}

impl Context {
    pub fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            warnings: RefCell::default(),
            places: RefCell::default(),
            ports: Cell::new(0),
        }
    }

    pub fn place(&self, mark: Mark) -> Place {
        Place {
            file: self.file.clone(),
            line: mark.line as usize,
            column: mark.column as usize,
        }
    }

    pub fn warn(&self, kind: WarningKind, path: &str, mark: Mark, message: impl Into<String>) {
        let warning = Warning {
            kind,
            place: Some(self.place(mark)),
            path: path.to_owned(),
            message: message.into(),
        };
        let mut warnings = self.warnings.borrow_mut();
        // An anchor that is used in many places says the same thing each time.
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// A variable without value or default: said once for each variable and file.
    pub fn unset(&self, name: &str, path: &str, mark: Mark) {
        let message = format!("variable {name} is not set; it is read as empty");
        let known = self.warnings.borrow().iter().any(|w| w.message == message);
        if !known {
            self.warn(WarningKind::UnsetVariable, path, mark, message);
        }
    }

    /// Counts ports: a short range such as `1-65535` is few bytes and many ports.
    pub fn count_ports(&self, ports: usize) -> Result<(), StackError> {
        self.ports.set(self.ports.get().saturating_add(ports));
        if self.ports.get() > MAX_PORTS {
            Err(self.too_much("the number of published ports", MAX_PORTS))
        } else {
            Ok(())
        }
    }

    pub fn record(&self, path: &str, mark: Mark) {
        self.places
            .borrow_mut()
            .record(path.to_owned(), self.place(mark));
    }

    pub fn too_much(&self, what: &'static str, limit: usize) -> StackError {
        StackError::TooMuch {
            file: self.file.clone(),
            what,
            limit,
        }
    }

    pub fn finish(self) -> (Vec<Warning>, Places) {
        (self.warnings.into_inner(), self.places.into_inner())
    }
}
