//! The real SDK clients, over the wire, against a sandbox in this process.

mod stand;

mod deployments;
mod jobs;
mod objects;
mod faults;
