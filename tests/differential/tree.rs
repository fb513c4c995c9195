//! A tree of files, as an unpacker left it.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::reading::Node;

/// What stands below a folder, by path. Everything is made readable first.
pub(crate) fn read(root: &Path) -> BTreeMap<Vec<u8>, Node> {
    let mut nodes = BTreeMap::new();
    below(root, root, &mut nodes);
    nodes
}

fn below(root: &Path, folder: &Path, nodes: &mut BTreeMap<Vec<u8>, Node>) {
    for entry in fs::read_dir(folder).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        let kind = fs::symlink_metadata(&path).expect("it is there").file_type();
        let name = path.strip_prefix(root).expect("it is below").as_os_str().as_bytes().to_vec();
        if kind.is_symlink() {
            let target = fs::read_link(&path).expect("it is a link");
            nodes.insert(name, Node::Link(target.as_os_str().as_bytes().to_vec()));
            continue;
        }
        fs::set_permissions(&path, Permissions::from_mode(0o700)).expect("it is ours");
        if kind.is_dir() {
            nodes.insert(name, Node::Directory);
            below(root, &path, nodes);
        } else {
            nodes.insert(name, Node::File(fs::read(&path).expect("it can be read")));
        }
    }
}

/// Removes the folder and what is below it.
pub(crate) fn remove(root: &Path) {
    read(root);
    fs::remove_dir_all(root).expect("it is ours");
}
