//! The ternary transformer on burn's tensors: latent f32 parameters, and the integers that they stand for.
//!
//! | module | subject |
//! |---|---|
//! | [`transformer`] | the latent parameters |
//! | [`init`] | what training starts from |
//! | [`latent`] | a parameter as a host vector |
//! | [`params`] | parameters and gradients as host vectors, in one order |
//! | [`quantize`], [`quantize_tensors`] | latent numbers to the integers of the device, on slices and on tensors |
//! | [`scale`] | latent logarithms to factors `m / 2^s`, and the multiplication by them |
//! | [`norm`] | norm, activation quantiser and softmax denominator in one |
//! | [`attention`] | queries, keys and values to mixed values |
//! | [`starts`] | what a token knows of what is before it |
//! | [`forward`] | the forward pass |
//! | [`float`] | what the parameters stand for when nothing is rounded |
//! | [`tensor`] | between tensors and host slices |
//! | [`to_file`] | from the latent parameters to the numbers of a model file |

pub mod attention;
pub mod float;
pub mod forward;
pub mod init;
pub mod latent;
pub mod norm;
pub mod params;
pub mod quantize;
pub mod quantize_tensors;
pub mod scale;
pub mod starts;
pub mod tensor;
pub mod to_file;
pub mod transformer;
