/// A file or folder of the shared corpus, or nothing (and a reason) where it is not at hand.
///
/// The corpus is what others made, so it is not part of the repository. This file is also included by the library's unit tests.
pub fn corpus(path: &str) -> Option<std::path::PathBuf> {
    let root = std::env::var_os("FLOODPLAN_CORPUS")
        .map_or_else(|| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), std::path::PathBuf::from);
    let place = root.join(path);
    if !place.exists() {
        println!("skipped: {} does not exist, set FLOODPLAN_CORPUS", place.display());
        return None;
    }
    Some(place.canonicalize().expect("the corpus has a path"))
}
