//! A link of two emulated boards that loses, doubles and damages packets.
//!
//! | module | subject |
//! |---|---|
//! | [`air`] | what happens to packets on their way, seeded |
//! | [`radio`] | what a radio puts around a packet, and what it says of packets that do not come whole |
//! | [`station`] | an emulated board that runs the program `messages`, asked line by line |
//! | [`damage`] | how much damage the check of a packet lets pass |

pub mod air;
pub mod damage;
pub mod radio;
pub mod station;
