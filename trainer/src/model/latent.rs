//! A parameter as a host vector, and what it is.

/// What a parameter is, which decides how it is trained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A ternary matrix of a block.
    Matrix,
    /// The ternary matrix of the logits.
    Head,
    /// The embedding, in residual LSBs.
    Embedding,
    /// Distance biases, in sixteenths of a bit.
    Bias,
    /// Logarithms of scales.
    Scale,
}

impl Kind {
    /// The kind of the parameter in this field of the module.
    pub(super) fn of(field: &str) -> Self {
        match field {
            "embedding" => Self::Embedding,
            "lm_head" => Self::Head,
            "relative_bias" => Self::Bias,
            _ if field.ends_with("_scales") => Self::Scale,
            _ => Self::Matrix,
        }
    }
}

/// A parameter of the model on the host.
#[derive(Clone, PartialEq, Debug)]
pub struct Latent {
    /// Its path in the module, such as `blocks.0.qkv`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Length of a row.
    pub cols: usize,
    /// Its numbers, row-major.
    pub values: Vec<f32>,
}
