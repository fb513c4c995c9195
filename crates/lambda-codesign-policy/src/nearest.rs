//! What somebody may have meant.

/// The word that is most like the one that was written, where one is like it at all.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written: Vec<char> = written.chars().take(LONGEST).collect();
    let mistakes = |word: &str| distance(&written, &word.chars().take(LONGEST).collect::<Vec<_>>());
    let (mistakes, word) = known.into_iter().map(|word| (mistakes(word), word)).min()?;
    (mistakes <= 2 || mistakes.saturating_mul(3) <= written.len()).then_some(word)
}

/// No key and no name is longer.
const LONGEST: usize = 64;

/// How many characters have to be put in, taken out or replaced to make one word of the other (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, written) in one.iter().enumerate() {
        let mut diagonal = index;
        let mut left = index.saturating_add(1);
        let mut next = vec![left];
        for (known, above) in other.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal.saturating_add(usize::from(written != known));
            diagonal = *above;
            left = replaced.min(above.saturating_add(1)).min(left.saturating_add(1));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_is_like_a_known_word_is_found() {
        let known = ["allow", "mode", "name", "require-manifest", "not-before"];
        for (written, expected) in [
            ("alow", Some("allow")),
            ("Mode", Some("mode")),
            ("require_manifest", Some("require-manifest")),
            ("requires-manifests", Some("require-manifest")),
            ("notbefore", Some("not-before")),
            ("publishers", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, known), expected, "{written}");
        }
        assert_eq!(nearest("x", []), None);
    }
}
