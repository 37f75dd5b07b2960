//! One file a subcommand.

pub(crate) mod boards;
pub(crate) mod c_firmware;
pub(crate) mod cost;
pub(crate) mod demo;
pub(crate) mod images;
pub(crate) mod instructions;
pub(crate) mod kernels;
pub(crate) mod link;
pub(crate) mod messages;
pub(crate) mod no_mul;
pub(crate) mod packets;
pub(crate) mod throughput;
