//! What all services share: the store, the clock, the authority that signs and the records of judgements.

use std::time::Duration;

use jiff::Timestamp;
use lambda_codesign_signing::name::Site;

use crate::fault::FaultSource;
use crate::options::Signatures;
use crate::records::JudgementRecord;
use crate::signer::AuthorityHolder;
use crate::sigv4::Caller;
use crate::store::{Store, StoreError, Table, Write, key};

/// What all services share.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) authority: AuthorityHolder,
    pub(crate) transition: Duration,
    pub(crate) job: Duration,
    pub(crate) signatures: Signatures,
    /// The secret of the credentials, whatever the access key.
    pub(crate) secret: String,
    pub(crate) faults: FaultSource,
    /// `http://ADDRESS:PORT`, for the locations of code.
    pub(crate) endpoint: String,
}

const JUDGEMENTS: Table<JudgementRecord> = Table::new("judgements");

impl World {
    #[expect(clippy::unused_self, reason = "the clock is the world's, wherever it comes from")]
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Runs what blocks away from the runtime's own threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &std::sync::Arc<Self>,
        work: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        let world = self.clone();
        tokio::task::spawn_blocking(move || work(&world)).await
    }

    /// All judgements, oldest first.
    pub(crate) fn judgements(&self) -> Result<Vec<JudgementRecord>, StoreError> {
        self.store.read(|read| read.all(&JUDGEMENTS, ""))
    }

    /// Keeps a judgement that stands by itself: a refusal changes nothing else.
    pub(crate) fn keep_judgement(&self, record: &JudgementRecord) -> Result<(), StoreError> {
        self.store.write(|write| put_judgement(write, record))
    }
}

/// Keeps a judgement together with what it let through.
pub(crate) fn put_judgement(write: &Write, record: &JudgementRecord) -> Result<(), StoreError> {
    let time = format!("{:020}", record.event_time.as_nanosecond());
    write.put(&JUDGEMENTS, &key(&[&time, &uuid::Uuid::new_v4().to_string()]), record)
}

impl Caller {
    /// The site of the ARNs that this caller's resources bear.
    pub(crate) fn site(&self) -> Option<Site> {
        Site::new("aws", &self.region, &self.account).ok()
    }
}
