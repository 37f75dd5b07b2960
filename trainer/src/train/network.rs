//! A model as a step computes with it, made of the latent parameters that the optimiser holds.

use crate::backprop::weights::Weights;
use crate::config::Arithmetic;
use crate::config::backend::Compute;
use crate::model::latent::Latent;
use crate::model::transformer::Transformer;
use burn::tensor::Device;
use formats::Dims;

/// What the forward pass that trains multiplies with.
#[derive(Clone, Debug)]
pub enum Network {
    /// Slices on the host.
    Slices(Weights),
    /// Tensors.
    Tensors {
        /// Their latent values.
        model: Transformer,
        /// The device that takes their gradients.
        device: Device,
        /// What a document begins behind, where there are any.
        document_start: Option<u16>,
    },
}

impl Network {
    /// For `compute`, from latent parameters in the order of [`Transformer::latents`]. Each document begins behind a
    /// `document_start`, where there is one, from an empty context.
    ///
    /// # Panics
    /// When they are not those of a model of `dims`, or floats are asked of tensors.
    pub fn new<'a>(
        compute: &Compute,
        arithmetic: Arithmetic,
        dims: &Dims,
        document_start: Option<u16>,
        latents: impl IntoIterator<Item = &'a Latent>,
    ) -> Self {
        match compute {
            Compute::Backprop => {
                let mut weights = Weights::from_latents(dims, arithmetic, latents);
                weights.document_start = document_start;
                Self::Slices(weights)
            }
            Compute::Tensors(device) => {
                assert_eq!(arithmetic, Arithmetic::Integer);
                Self::Tensors {
                    model: transformer(dims, &compute.device(), latents),
                    device: device.clone(),
                    document_start,
                }
            }
        }
    }

    /// Takes the latent parameters after another step.
    ///
    /// # Panics
    /// When they are not those of the same model.
    pub fn update<'a>(&mut self, latents: impl IntoIterator<Item = &'a Latent>) {
        match self {
            Self::Slices(weights) => weights.update(latents),
            Self::Tensors { model, .. } => {
                let values = latents.into_iter().map(|latent| latent.values.as_slice());
                *model = model.clone().with_latents(values);
            }
        }
    }

    /// What a document begins behind, from an empty context, where there are any.
    pub const fn document_start(&self) -> Option<u16> {
        match self {
            Self::Slices(weights) => weights.document_start,
            Self::Tensors { document_start, .. } => *document_start,
        }
    }

    /// The dimensions.
    pub const fn dims(&self) -> &Dims {
        match self {
            Self::Slices(weights) => &weights.dims,
            Self::Tensors { model, .. } => model.dims(),
        }
    }
}

/// The model of these latent parameters on `device`.
///
/// # Panics
/// When they are not those of a model of `dims`.
pub fn transformer<'a>(
    dims: &Dims,
    device: &Device,
    latents: impl IntoIterator<Item = &'a Latent>,
) -> Transformer {
    let values = latents.into_iter().map(|latent| latent.values.as_slice());
    Transformer::new(dims, device, 0).with_latents(values)
}
