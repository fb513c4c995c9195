//! Lists in pages: at most 25 at once, and a token that says after which one the next begins.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;
use super::request::{Query, parsed, value};
use crate::store::{More, Read, StoreError, Table};

/// The most that one answer lists (the model's `MaxResults`).
const MOST: usize = 25;
/// How many records are looked at between two looks at how many were found.
const STRIDE: usize = 100;

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PageRequest {
    most: usize,
    after: Option<String>,
}

/// What was found, and the token of what follows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<T> {
    pub(super) found: Vec<T>,
    pub(super) next: Option<String>,
}

impl PageRequest {
    pub(super) fn of(query: &Query) -> Result<Self, Refusal> {
        let most = parsed(query, "maxResults")?.unwrap_or(MOST);
        if !(1..=MOST).contains(&most) {
            return Err(Refusal::validation("The value of maxResults is not between 1 and 25."));
        }
        let after = value(query, "nextToken").filter(|token| !token.is_empty()).map(untoken).transpose()?;
        Ok(Self { most, after })
    }

    /// The records below `prefix` of which `keep` makes something, from the page's beginning on.
    pub(super) fn find<V: DeserializeOwned, T>(
        &self,
        read: &Read,
        (table, prefix): (&Table<V>, &str),
        keep: impl Fn(&Read, V) -> Result<Option<T>, StoreError>,
    ) -> Result<Found<T>, StoreError> {
        let mut page = Found { found: Vec::new(), next: None };
        let mut after = self.after.as_ref().map(|after| format!("{prefix}{after}"));
        let mut last_kept = None;
        loop {
            let records = read.scan(table, prefix, after.as_deref(), STRIDE)?;
            for (place, record) in records.records {
                after = Some(place.clone());
                let Some(kept) = keep(read, record)? else { continue };
                if page.found.len() >= self.most {
                    page.next = last_kept.map(|place: String| token(place.strip_prefix(prefix)));
                    return Ok(page);
                }
                page.found.push(kept);
                last_kept = Some(place);
            }
            if records.more == More::End {
                return Ok(page);
            }
        }
    }
}

fn token(place: Option<&str>) -> String {
    URL_SAFE_NO_PAD.encode(place.unwrap_or_default())
}

fn untoken(token: &str) -> Result<String, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Refusal::validation("The value of nextToken is not valid."))
}

#[cfg(test)]
mod tests {
    use super::{Found, PageRequest};
    use crate::store::{Store, StoreError, Table, below, key};
    use axum::extract::Query;

    const NUMBERS: Table<u32> = Table::new("numbers");

    fn request(pairs: &[(&str, &str)]) -> Option<PageRequest> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        PageRequest::of(&Query(pairs.collect())).ok()
    }

    fn filled(numbers: u32) -> Store {
        let store = Store::temporary().unwrap();
        store
            .write(|write| {
                write.put(&NUMBERS, &key(&["other", "0"]), &1)?;
                (0..numbers).try_for_each(|n| write.put(&NUMBERS, &key(&["own", &format!("{n:05}")]), &n))
            })
            .map_err(|error: StoreError| error)
            .unwrap();
        store
    }

    fn even(store: &Store, request: &PageRequest) -> Found<u32> {
        let keep = |_: &_, n: u32| Ok::<_, StoreError>(n.is_multiple_of(2).then_some(n));
        store.read(|read| request.find(read, (&NUMBERS, &below(&["own"])), keep)).unwrap()
    }

    #[test]
    fn pages_list_everything_once_whatever_is_left_out() {
        let store = filled(301);
        for most in ["1", "7", "25"] {
            let mut seen = Vec::new();
            let mut request = super::tests::request(&[("maxResults", most)]).unwrap();
            loop {
                let page = even(&store, &request);
                assert!(page.found.len() <= most.parse().unwrap());
                seen.extend(page.found);
                let Some(next) = page.next else { break };
                request = super::tests::request(&[("maxResults", most), ("nextToken", &next)]).unwrap();
            }
            assert_eq!(seen, (0..301).filter(|n| n % 2 == 0).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_last_page_that_is_full_names_no_next_one() {
        let store = filled(50);
        let page = even(&store, &request(&[]).unwrap());
        assert_eq!((page.found.len(), page.next), (25, None));
    }

    #[test]
    fn absurd_pages_are_refused() {
        for bad in [("maxResults", "0"), ("maxResults", "26"), ("maxResults", "-1"), ("nextToken", "%%")] {
            assert_eq!(request(&[bad]), None, "{bad:?}");
        }
    }
}
