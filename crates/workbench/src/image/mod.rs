//! What stands after `image:`, taken apart without losing where each part was typed.

mod reference;
mod template;

pub use reference::{ImageError, ImageText, Repository};
pub use template::{Origin, Part, Template, TemplateError, defaults};
