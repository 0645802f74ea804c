//! The comparison with other simulators and the growth of cost (`benches/peers`, `benches/scaling`) are a package of their own.
//! Nobody who builds, tests or packages floodplan shall need what they need.

use std::process::Command;

/// What cargo says of this package.
fn cargo(arguments: &[&str]) -> String {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .args(arguments)
        .arg("--offline")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

fn is_theirs(path: &str) -> bool {
    ["benches/peers", "benches/scaling"].iter().any(|folder| path.replace('\\', "/").contains(folder))
}

#[test]
fn no_target_of_this_package_is_of_the_peers() {
    let metadata: serde_json::Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    assert_eq!(packages.len(), 1, "only floodplan is a member of its workspace");
    let targets = packages[0]["targets"].as_array().expect("there are targets");
    for target in targets {
        let path = target["src_path"].as_str().expect("a target has a source");
        assert!(!is_theirs(path), "{path} would be built with floodplan");
    }
}

#[test]
fn the_package_leaves_the_peers_out() {
    let list = cargo(&["package", "--list", "--allow-dirty"]);
    assert!(list.lines().any(|path| path.replace('\\', "/") == "benches/kernel.rs"), "{list}");
    let theirs: Vec<&str> = list.lines().filter(|path| is_theirs(path)).collect();
    assert!(theirs.is_empty(), "{theirs:?}");
}
