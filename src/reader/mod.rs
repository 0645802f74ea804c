//! Reading scenarios: text to a spanned tree, the tree to configuration structs, every mistake with its place.
//!
//! Nothing here stops at the first mistake. Each stage adds to one [`Diagnostics`] and returns what it could make
//! sense of.

pub mod decode;
pub mod diagnostics;
pub mod expression;
pub mod load;
pub mod sources;
pub mod tree;

pub use decode::{Context, Either, OneOrMany, Raw, ScalarOr, Spanned, decode, decode_entry};
pub use diagnostics::{Code, Diagnostic, Diagnostics, Severity, suggest};
pub use load::{Disk, Document, FileSystem, Setting, load, load_with, node_at, set_path};
pub use sources::Sources;
pub use tree::{Node, Span, Value};
