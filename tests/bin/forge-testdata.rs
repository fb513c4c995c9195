//! Writes the cases of testdata: `cargo run -p lambda-codesign-tests --bin forge-testdata`.

use std::fs;
use std::path::Path;

use lambda_codesign_tests::cases;

fn main() -> std::io::Result<()> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    for case in cases::all() {
        let folder = testdata.join(&case.folder);
        fs::create_dir_all(&folder)?;
        for (name, content) in case.files() {
            fs::write(folder.join(name), content)?;
        }
    }
    Ok(())
}
