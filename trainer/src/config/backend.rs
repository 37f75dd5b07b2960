//! Where training computes: burn's backends by name.

use burn::tensor::Device;
use std::fmt;
use std::str::FromStr;

/// A backend of burn. Every one of them computes the same integers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Backend {
    /// burn-flex: pure Rust on the CPU, always built.
    #[default]
    Flex,
    /// burn-ndarray: pure Rust on the CPU, too, always built; upstream prefers flex since burn 0.22.
    Ndarray,
    /// Any GPU that wgpu drives, feature `wgpu`.
    Wgpu,
    /// Apple's GPUs, feature `metal`.
    Metal,
}

/// What computes gradients.
#[derive(Clone, Debug)]
pub enum Compute {
    /// Forward and backward written by hand, on the CPU.
    Backprop,
    /// Tensor operations and autodiff on a device.
    Tensors(Device),
}

impl Compute {
    /// Where the tensors of the model are.
    pub fn device(&self) -> Device {
        match self {
            Self::Backprop => Device::flex(),
            Self::Tensors(device) => device.clone().without_autodiff(),
        }
    }
}

/// Why there is no such device.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// No backend has this name.
    #[error("there is no backend {0:?}, choose one of flex, ndarray, wgpu, metal")]
    Unknown(String),
    /// The program was built without it.
    #[error("built without the backend {0}: cargo run -p trainer --features {0} -- --backend {0}")]
    NotBuilt(Backend),
}

impl Backend {
    /// Every backend, in the order of preference.
    pub const ALL: [Self; 4] = [Self::Flex, Self::Ndarray, Self::Wgpu, Self::Metal];

    /// What computes gradients on this backend: by hand on the CPU, by autodiff elsewhere.
    ///
    /// # Errors
    /// [`BackendError::NotBuilt`] when the feature of that name was not enabled.
    pub fn compute(self) -> Result<Compute, BackendError> {
        match self {
            Self::Flex => Ok(Compute::Backprop),
            _ => self.device().map(Compute::Tensors),
        }
    }

    /// The backend's device, without autodiff: a [`Trainer`](crate::train::trainer::Trainer) adds it where it trains.
    ///
    /// # Errors
    /// [`BackendError::NotBuilt`] when the feature of that name was not enabled.
    pub fn device(self) -> Result<Device, BackendError> {
        match self {
            Self::Flex => Ok(Device::flex()),
            #[allow(deprecated, reason = "wanted here for as long as burn has it")]
            Self::Ndarray => Ok(Device::ndarray()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(feature = "metal")]
            Self::Metal => Ok(Device::metal(burn::tensor::DeviceKind::DefaultDevice)),
            #[allow(
                unreachable_patterns,
                reason = "with all features there is nothing left"
            )]
            _ => Err(BackendError::NotBuilt(self)),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
            Self::Metal => "metal",
        })
    }
}

impl FromStr for Backend {
    type Err = BackendError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|backend| backend.to_string() == name)
            .ok_or_else(|| BackendError::Unknown(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for backend in Backend::ALL {
            assert_eq!(backend.to_string().parse(), Ok(backend));
        }
        assert!("cuda".parse::<Backend>().is_err());
    }

    #[test]
    fn the_cpu_is_always_there_and_a_missing_backend_says_how_to_get_it() {
        assert!(Backend::Flex.device().is_ok() && Backend::Ndarray.device().is_ok());
        if let Err(error) = Backend::Metal.device() {
            assert!(error.to_string().contains("--features metal"), "{error}");
        }
    }
}
