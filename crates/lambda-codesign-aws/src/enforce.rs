//! Makes the code signing configs of an account what a policy file says, and says beforehand what that would do.
//!
//! [`State::read`] reads what there is, [`Desired::of`] what the file says of it, [`Plan::between`] the steps from one to
//! the other, in an order in which no function is weaker on its way than the weaker of before and wanted, and
//! [`Applying::carry_out`] takes them one by one. [`Simulation::run`] judges what is deployed as if it were enforced.
//!
//! A config belongs to the file by its tag `lambda-codesign:config`, whose value is the config's name there. What has no such
//! tag is not changed and not deleted; functions of which the file does not speak keep what they have, unless it is a
//! config that the file once had and has no longer.

mod state;
mod strength;
mod desired;
mod plan;
mod difference;
mod order;
mod journal;
mod apply;
mod simulate;

pub use apply::{ApplyError, Applying, StepError, Weaker};
pub use desired::{Desired, DesiredConfig, Problem, Resolution, Speaks};
pub use journal::Journal;
pub use plan::{Aside, ConfigChange, Origin, Plan, Step, To, Weakening};
pub use simulate::{Depth, Doubt, Forecast, Outcome, Piece, Reason, Ruling, Simulation};
pub use state::{Here, LiveConfig, State};
pub use strength::Strength;
