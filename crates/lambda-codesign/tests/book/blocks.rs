//! Blocks that are copied rather than run are at least well formed.

use crate::pages::pages;

#[test]
fn every_block_of_json_parses() {
    let mut parsed = 0;
    for page in pages() {
        for block in page.text.split("\n```json\n").skip(1) {
            let block = block.split("\n```").next().unwrap();
            serde_json::from_str::<serde_json::Value>(block)
                .unwrap_or_else(|error| panic!("{}: {error}\n{block}", page.path.display()));
            parsed += 1;
        }
    }
    assert!(parsed > 2, "only {parsed} blocks were found");
}
