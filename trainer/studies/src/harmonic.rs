//! Harmonic Explorer: particles in a swinging field with P2 lobes, and how much of the lobes they show.
//!
//! Particles start at rest, uniformly in a disc of radius [`RADIUS`]. At `(r, theta)` and time `t` the radial force is
//! `A sin(2 pi P1 f t) cos(P2 theta)` and the tangential force `A cos(2 pi P2 f t)`, with `f =` [`FREQUENCY`] and
//! `A = 1`. A step of [`STEP`] multiplies each velocity by [`DAMPING`]. Lengths and times have no unit.
//!
//! | module | subject |
//! |---|---|
//! | [`ratio`] | P1:P2 |
//! | [`force`] | the field |
//! | [`precision`] | rounding to a few significant bits |
//! | [`simulation`] | particles, their start and their steps |
//! | [`order`] | the order parameters and their shuffled controls |
//! | [`history`] | the order of a run over time |
//! | [`motion`] | how far particles move, and whether their motion is chaotic |
//! | [`study`], [`table`] | what the order depends on, over seeds |
//! | [`render`], [`canvas`], [`chart`] | scatter, animation and contact sheet; the order over time |

pub mod canvas;
pub mod chart;
pub mod force;
pub mod history;
pub mod motion;
pub mod order;
pub mod precision;
pub mod ratio;
pub mod render;
pub mod simulation;
pub mod study;
pub mod table;

#[cfg(test)]
mod tests;

/// Radius of the disc in which particles start.
pub const RADIUS: f64 = 3.0;
/// Base frequency f of the forces, in periods a unit of time.
pub const FREQUENCY: f64 = 0.1;
/// What is left of a velocity after a step.
pub const DAMPING: f64 = 0.98;
/// Duration of a step, which is a frame.
pub const STEP: f64 = 0.01;
