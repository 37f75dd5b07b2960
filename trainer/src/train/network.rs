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
    /// Tensors, and the device that takes their gradients.
    Tensors(Transformer, Device),
}

impl Network {
    /// For `compute`, from latent parameters in the order of [`Transformer::latents`]. Each document begins behind a
    /// `document_start`, where there is one, from an empty context.
    ///
    /// # Panics
    /// When they are not those of a model of `dims`, or floats or documents are asked of tensors.
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
                assert_eq!((arithmetic, document_start), (Arithmetic::Integer, None));
                let model = transformer(dims, &compute.device(), latents);
                Self::Tensors(model, device.clone())
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
            Self::Tensors(model, _) => {
                let values = latents.into_iter().map(|latent| latent.values.as_slice());
                *model = model.clone().with_latents(values);
            }
        }
    }

    /// The dimensions.
    pub const fn dims(&self) -> &Dims {
        match self {
            Self::Slices(weights) => &weights.dims,
            Self::Tensors(model, _) => model.dims(),
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
